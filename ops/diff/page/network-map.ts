import type { Graph, RecordedResource } from "../../preview/graph";
import { nameOf } from "../told";

/** Something that lies in subnets: one resource, or several of a kind that lie alike. */
export interface Box {
  readonly resources: readonly RecordedResource[];
  /** Indices of the zones that it lies in. */
  readonly zones: readonly number[];
}

/** Boxes behind the same security groups: who may talk to one may talk to all. */
export interface Unit {
  readonly id: string;
  readonly boxes: readonly Box[];
}

/** Subnets that are alike but for their zone. */
export interface Tier {
  readonly name: string;
  /** What its routes make of it: `"to and from the internet"`. */
  readonly reach: (typeof REACHES)[number];
  readonly units: readonly Unit[];
}

/** Traffic that a security group lets in. */
export interface Arrow {
  /** A unit's id, or what is outside: `"internet"`, `"10.0.0.0/16"`. */
  readonly from: string;
  readonly to: string;
  /** `"443, 80"`, `"all ports"`. */
  readonly ports: string;
}

/** A network as its resources say it is, with nothing known beforehand of what they are for. */
export interface NetworkMap {
  readonly zones: readonly string[];
  readonly tiers: readonly Tier[];
  /** Where traffic comes from that no unit sends. */
  readonly outside: readonly string[];
  readonly arrows: readonly Arrow[];
}

const SUBNET = "aws:ec2/subnet:Subnet";
const GROUP = "aws:ec2/securityGroup:SecurityGroup";
const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const ROUTE = "aws:ec2/route:Route";
const ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation";
const ANYWHERE = ["0.0.0.0/0", "::/0"];

/** Hand subnets and security groups on to who uses them. */
const CARRIERS = /:(SubnetGroup|LaunchTemplate)$/;

/** Part of the network itself, not in it. */
const NETWORK = /^aws:ec2\/(subnet|routeTable|route|securityGroup|defaultSecurityGroup|flowLog)|^aws:vpc\//;

/** The network of a stack; nothing, when it has no subnets. */
export function networkMap(graph: Graph): NetworkMap | undefined {
  const subnets = graph.byType(SUBNET);
  return subnets.length === 0 ? undefined : new Mapping(graph, subnets).map();
}

class Mapping {
  private readonly byUrn: ReadonlyMap<string, RecordedResource>;
  private readonly zones: readonly string[];

  constructor(
    private readonly graph: Graph,
    private readonly subnets: readonly RecordedResource[],
  ) {
    this.byUrn = new Map(graph.resources.map((resource) => [resource.urn, resource]));
    this.zones = [...new Set(subnets.map(({ inputs }) => String(inputs.availabilityZone)))].sort();
  }

  map(): NetworkMap {
    const actors = this.graph.resources.filter(
      ({ type, custom }) => custom && !NETWORK.test(type) && !CARRIERS.test(type),
    );
    const placed = actors.flatMap((resource) => {
      const subnets = this.reached(resource, SUBNET);
      const groups = this.reached(resource, GROUP);
      return subnets.length === 0 ? [] : [{ resource, subnets, groups }];
    });
    const tiers = new Map<string, Map<string, { resource: RecordedResource; zones: number[] }[]>>();
    for (const { resource, subnets, groups } of placed) {
      const tier = this.tierOf(subnets);
      const units = tiers.get(tier) ?? new Map();
      const id = groups.length === 0 ? `${tier} ${resource.type}` : groups.map(nameOf).sort().join(" + ");
      units.set(id, [...(units.get(id) ?? []), { resource, zones: this.zonesOf(resource, subnets) }]);
      tiers.set(tier, units);
    }
    const units = [...tiers.values()].flatMap((each) => [...each.keys()]);
    const arrows = this.arrows(units);
    return {
      zones: this.zones,
      tiers: [...tiers]
        .map(([name, of]) => ({
          name,
          reach: this.reachOf(name),
          units: [...of].map(([id, items]) => ({ id, boxes: boxesOf(items) })),
        }))
        .sort((a, b) => REACHES.indexOf(a.reach) - REACHES.indexOf(b.reach)),
      outside: [...new Set(arrows.map(({ from }) => from).filter((from) => !units.includes(from)))],
      arrows,
    };
  }

  /** The resources of a type that an input of a resource comes from, directly or by way of a carrier. */
  private reached(resource: RecordedResource, type: string): string[] {
    const sources = Object.values(resource.propertyDependencies).flat();
    const direct = sources.filter((urn) => this.byUrn.get(urn)?.type === type);
    const carriers = sources
      .map((urn) => this.byUrn.get(urn))
      .filter((source) => source !== undefined && this.carries(source, resource));
    return [
      ...new Set([
        ...direct,
        ...carriers.flatMap((carrier) => (carrier === undefined ? [] : this.reached(carrier, type))),
      ]),
    ];
  }

  /** A read replica lies where its source may lie. */
  private carries(source: RecordedResource, resource: RecordedResource): boolean {
    const isSource =
      source.type === resource.type && (resource.propertyDependencies.replicateSourceDb ?? []).includes(source.urn);
    return CARRIERS.test(source.type) || (isSource && resource.urn !== source.urn);
  }

  private tierOf(subnets: readonly string[]): string {
    return [...new Set(subnets.map((urn) => this.stem(urn)))].sort().join(", ");
  }

  /** A subnet's name without its zone. */
  private stem(urn: string): string {
    const { name = "", inputs = {} } = this.byUrn.get(urn) ?? {};
    const zone = String(inputs.availabilityZone);
    return name.replace(new RegExp(`-?(${zone}|${zone.slice(-1)})$`), "");
  }

  private zonesOf({ inputs }: RecordedResource, subnets: readonly string[]): number[] {
    const own = this.zones.indexOf(String(inputs.availabilityZone));
    if (own >= 0) return [own];
    const zones = subnets.map((urn) => this.zones.indexOf(String(this.byUrn.get(urn)?.inputs.availabilityZone)));
    return [...new Set(zones)].sort();
  }

  private reachOf(tier: string): Tier["reach"] {
    const subnets = this.subnets.filter(({ urn }) => tier.split(", ").includes(this.stem(urn))).map(({ urn }) => urn);
    const from = (resource: RecordedResource, input: string) => resource.propertyDependencies[input] ?? [];
    const tables = this.graph
      .byType(ASSOCIATION)
      .filter((association) => from(association, "subnetId").some((urn) => subnets.includes(urn)))
      .flatMap((association) => from(association, "routeTableId"));
    const routes = this.graph
      .byType(ROUTE)
      .filter((route) => from(route, "routeTableId").some((urn) => tables.includes(urn)));
    if (routes.some((route) => from(route, "gatewayId").length > 0)) return REACHES[0];
    return routes.some((route) => from(route, "natGatewayId").length > 0) ? REACHES[1] : REACHES[2];
  }

  private arrows(units: readonly string[]): Arrow[] {
    const ports = new Map<string, Set<string>>();
    for (const rule of this.graph.byType(INGRESS)) {
      const groupsAt = (input: string) =>
        (rule.propertyDependencies[input] ?? []).filter((urn) => this.byUrn.get(urn)?.type === GROUP).map(nameOf);
      const holding = (names: readonly string[]) =>
        units.filter((unit) => unit.split(" + ").some((name) => names.includes(name)));
      const cidr = rule.inputs.cidrIpv4 ?? rule.inputs.cidrIpv6;
      const froms =
        typeof cidr === "string"
          ? [ANYWHERE.includes(cidr) ? "internet" : cidr]
          : holding(groupsAt("referencedSecurityGroupId"));
      for (const from of froms) {
        for (const to of holding(groupsAt("securityGroupId"))) {
          if (from === to) continue;
          const key = `${from}\0${to}`;
          ports.set(key, (ports.get(key) ?? new Set()).add(portsOf(rule.inputs)));
        }
      }
    }
    return [...ports].map(([key, of]) => {
      const [from = "", to = ""] = key.split("\0");
      return { from, to, ports: [...of].join(", ") };
    });
  }
}

const REACHES = ["reached from the internet", "reaches the internet", "no way to the internet"] as const;

/** Resources of a type that lie alike share a box; the widest come first. */
function boxesOf(items: readonly { readonly resource: RecordedResource; readonly zones: readonly number[] }[]): Box[] {
  const boxes = new Map<string, RecordedResource[]>();
  for (const { resource, zones } of items) {
    // One that is in a zone of its own is seen there alone.
    const key = JSON.stringify([zones, resource.type]);
    boxes.set(key, [...(boxes.get(key) ?? []), resource]);
  }
  return [...boxes]
    .map(([key, resources]) => ({ resources, zones: (JSON.parse(key) as [number[]])[0] }))
    .sort((a, b) => b.zones.length - a.zones.length);
}

function portsOf({ ipProtocol, fromPort, toPort }: RecordedResource["inputs"]): string {
  if (ipProtocol === "-1") return "all ports";
  return fromPort === toPort ? String(fromPort) : `${fromPort}–${toPort}`;
}
