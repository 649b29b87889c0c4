import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

/** What a certificate needs to know. */
export interface CertificateArgs {
  /** The one name that the certificate is for. A change replaces it. */
  readonly domainName: string;
  /** Route 53 zone in which AWS looks for the proof of ownership. */
  readonly hostedZoneId: string;
  /** Regions in which it is used: the load balancer's, and CloudFront's. */
  readonly regions: readonly string[];
}

const VALIDATION_TTL_SECONDS = 300;

/**
 * A certificate in each region, validated by DNS, as ARNs that are known only once it is issued.
 *
 * ACM asks for the same record in every region of an account, so that one record validates them all.
 */
export function validatedCertificates(
  name: string,
  args: CertificateArgs,
  opts: pulumi.CustomResourceOptions,
): Map<string, pulumi.Output<string>> {
  const certificates = args.regions.map(
    (region) =>
      new aws.acm.Certificate(
        `${name}-${region}`,
        { domainName: args.domainName, validationMethod: "DNS", region },
        opts,
      ),
  );
  const [first] = certificates;
  if (first === undefined) return new Map();
  const validation = first.domainValidationOptions.apply(([option]) => {
    if (option === undefined) throw new Error(`ACM offers no way to validate ${args.domainName}`);
    return option;
  });
  const record = new aws.route53.Record(
    `${name}-validation`,
    {
      zoneId: args.hostedZoneId,
      name: validation.resourceRecordName,
      type: validation.resourceRecordType,
      records: [validation.resourceRecordValue],
      ttl: VALIDATION_TTL_SECONDS,
    },
    opts,
  );
  return new Map(
    certificates.map((certificate, index) => {
      const region = args.regions[index] as string;
      const issued = new aws.acm.CertificateValidation(
        `${name}-${region}-issued`,
        { certificateArn: certificate.arn, validationRecordFqdns: [record.fqdn], region },
        opts,
      );
      return [region, issued.certificateArn];
    }),
  );
}
