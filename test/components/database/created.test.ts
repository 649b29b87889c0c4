import assert from "node:assert/strict";
import type { Graph } from "../../support/record";
import { count } from "../graph";
import { database, INSTANCE, LOG_GROUP, SECRET_VERSION } from "./fixture";

describe("Database", () => {
  let graph: Graph;
  before(async () => {
    graph = await database();
  });

  it("makes exactly a writer, two replicas, a proxy, four rotated secrets and what they need", () => {
    assert.deepEqual(count(graph), {
      [LOG_GROUP]: 8,
      "aws:ec2/securityGroup:SecurityGroup": 3,
      "aws:iam/role:Role": 2,
      "aws:iam/rolePolicy:RolePolicy": 1,
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment": 1,
      [INSTANCE]: 3,
      "aws:rds/parameterGroup:ParameterGroup": 2,
      "aws:rds/proxy:Proxy": 1,
      "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": 1,
      "aws:rds/proxyTarget:ProxyTarget": 1,
      "aws:rds/subnetGroup:SubnetGroup": 1,
      "aws:secretsmanager/secret:Secret": 4,
      "aws:secretsmanager/secretRotation:SecretRotation": 4,
      [SECRET_VERSION]: 4,
      "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": 1,
      "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": 3,
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": 4,
      "random:index/randomPassword:RandomPassword": 4,
      "pynomaly:data:Database": 1,
    });
  });
});
