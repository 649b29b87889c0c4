"""Writes ec2.json, rds.json and elasticache.json, the instance facts that sizing reads.

How to run, from this folder (the wheel is a zip archive that holds EC2's describe-instance-types answer):

    pip download moto --no-deps --dest /tmp/moto
    python3 generate.py /tmp/moto/moto-*.whl

EC2: moto's `ec2/resources/instance_types.json.gz`, AWS's own DescribeInstanceTypes output.
RDS: a DB instance class has the vCPUs and the memory of the EC2 type it is named after (Amazon RDS User Guide,
"Hardware specifications for DB instance classes"), so its facts come from the same file.
ElastiCache: `maxmemory` is copied from the Amazon ElastiCache User Guide, "Redis OSS node-type specific
parameters" and "Valkey node-type specific parameters": the two tables agree for every node type offered here.
"""

import gzip
import json
import re
import sys
import zipfile

RETRIEVED = "2026-11-23"

EC2_FAMILIES = ["c6i", "c7g", "c7i", "c8g", "m6i", "m7g", "m7i", "m8g", "t3", "t4g"]
EC2_SIZES = ["large", "xlarge", "2xlarge", "4xlarge"]
EC2_BURSTABLE = ["t3.medium", "t4g.medium"]

RDS_FAMILIES = ["m6g", "m7g", "m7i", "m8g", "r6g", "r7g", "r8g", "t3", "t4g"]
RDS_SIZES = ["large", "xlarge", "2xlarge", "4xlarge"]
RDS_BURSTABLE = [f"{family}.{size}" for family in ["t3", "t4g"] for size in ["micro", "small", "medium"]]

CACHE_MAXMEMORY = {
    "cache.t4g.micro": 536870912,
    "cache.t4g.small": 1471026299,
    "cache.t4g.medium": 3317862236,
    "cache.m6g.large": 6854542746,
    "cache.m6g.xlarge": 13891921715,
    "cache.m6g.2xlarge": 27966669210,
    "cache.m7g.large": 6854542746,
    "cache.m7g.xlarge": 13891921715,
    "cache.m7g.2xlarge": 27966669210,
    "cache.r6g.large": 14037181030,
    "cache.r6g.xlarge": 28261849702,
    "cache.r7g.large": 14037181030,
    "cache.r7g.xlarge": 28261849702,
}


def read_types(wheel):
    with zipfile.ZipFile(wheel) as archive:
        with archive.open("moto/ec2/resources/instance_types.json.gz") as packed:
            return json.load(gzip.open(packed))


def ec2_facts(info):
    network = info["NetworkInfo"]
    return {
        "vcpu": info["VCpuInfo"]["DefaultVCpus"],
        "memoryMib": info["MemoryInfo"]["SizeInMiB"],
        "architecture": {"x86_64": "amd64", "arm64": "arm64"}[info["ProcessorInfo"]["SupportedArchitectures"][-1]],
        "interfaces": network["MaximumNetworkInterfaces"],
        "addressesPerInterface": network["Ipv4AddressesPerInterface"],
    }


def rds_facts(info):
    return {"vcpu": info["VCpuInfo"]["DefaultVCpus"], "memoryMib": info["MemoryInfo"]["SizeInMiB"]}


def write(path, source, facts):
    document = {"source": source, "retrieved": RETRIEVED, "types": facts}
    with open(path, "w", encoding="utf-8") as out:
        json.dump(document, out, indent=2)
        out.write("\n")


def main():
    wheel = sys.argv[1]
    version = re.search(r"moto-([\d.]+)-", wheel).group(1)
    types = read_types(wheel)
    ec2 = EC2_BURSTABLE + [f"{family}.{size}" for family in EC2_FAMILIES for size in EC2_SIZES]
    rds = RDS_BURSTABLE + [f"{family}.{size}" for family in RDS_FAMILIES for size in RDS_SIZES]
    described = f"AWS EC2 DescribeInstanceTypes, as published in moto {version} (ec2/resources/instance_types.json.gz)"
    write("ec2.json", described, {name: ec2_facts(types[name]) for name in ec2 if name in types})
    write(
        "rds.json",
        "Amazon RDS User Guide, Hardware specifications for DB instance classes: vCPU and memory of the EC2 type named "
        f"after db.; values: {described}",
        {f"db.{name}": rds_facts(types[name]) for name in rds if name in types},
    )
    write(
        "elasticache.json",
        "Amazon ElastiCache User Guide, Engine specific parameters: Redis OSS and Valkey node-type specific parameters",
        {name: {"maxMemoryBytes": size} for name, size in CACHE_MAXMEMORY.items()},
    )


main()
