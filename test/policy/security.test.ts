import { rules } from "../../policy/security/rules";
import { testPack } from "./cases";
import { cacheCases } from "./cases/security/cache";
import { clusterCases } from "./cases/security/cluster";
import { databaseCases } from "./cases/security/database";
import { iamCases } from "./cases/security/iam";
import { imageCases } from "./cases/security/image";
import { kubernetesCases } from "./cases/security/kubernetes";
import { loadBalancerCases } from "./cases/security/load-balancer";
import { monitoringCases } from "./cases/security/monitoring";
import { networkCases } from "./cases/security/network";
import { secretCases } from "./cases/security/secret";
import { securityGroupPathCases } from "./cases/security/security-group-path";
import { storageCases } from "./cases/security/storage";

testPack("pynomaly-security", rules, [
  cacheCases,
  clusterCases,
  databaseCases,
  iamCases,
  imageCases,
  kubernetesCases,
  loadBalancerCases,
  monitoringCases,
  networkCases,
  secretCases,
  securityGroupPathCases,
  storageCases,
]);
