import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** A kubeconfig without a secret in it: `aws eks get-token` signs with the credentials of whoever runs the program. */
export function kubeconfig(cluster: aws.eks.Cluster, region: string): pulumi.Output<string> {
  const name = cluster.name;
  return pulumi.jsonStringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [
      {
        name,
        cluster: {
          server: cluster.endpoint,
          "certificate-authority-data": cluster.certificateAuthority.data,
        },
      },
    ],
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "aws",
            args: ["eks", "get-token", "--cluster-name", name, "--region", region, "--output", "json"],
            interactiveMode: "Never",
          },
        },
      },
    ],
  });
}
