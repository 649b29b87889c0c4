"""Writes the isolation forest that the API ships, its manifest, and the fixture that tests compare it with.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install -r requirements.txt && /tmp/venv/bin/python generate.py

The same bytes come out of every run. Training rows are synthetic: eight standardised readings (mean 0, variance 1) of a
machine, the first four of which share a common cause, as do the last four. Anomalies, which the forest is not trained
on, are rows of the same kind that were spread five times as wide.
"""

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper
from sklearn.ensemble import IsolationForest

NAME, VERSION = "isolation-forest", "1"
FEATURES, TREES, SAMPLES, SEED = 8, 100, 256, 42
MODELS = Path(__file__).resolve().parent.parent
FIXTURE = MODELS.parent / "test" / "models" / "fixture.json"


def rows(random: np.random.Generator, count: int) -> np.ndarray:
    """Rows of ordinary readings."""
    common = np.repeat(random.standard_normal((count, 2)), FEATURES // 2, axis=1)
    own = random.standard_normal((count, FEATURES))
    return ((common + own) / math.sqrt(2)).astype(np.float32)


def average_path(count: int) -> float:
    """Mean depth at which one of `count` rows is alone, where a tree stopped before it was (Liu et al. 2008, c(n))."""
    if count < 2:
        return 0.0
    if count == 2:
        return 1.0
    return 2.0 * (math.log(count - 1.0) + np.euler_gamma) - 2.0 * (count - 1.0) / count


def rounded_down(threshold: float) -> np.float32:
    """scikit-learn compares float32 values with a float64 threshold: the largest float32 that is not above it decides alike."""
    nearest = np.float32(threshold)
    return nearest if float(nearest) <= threshold else np.nextafter(nearest, np.float32(-np.inf))


def graph(forest: IsolationForest) -> onnx.ModelProto:
    """All trees in one operator. A leaf weighs what its depth adds to the exponent of the score, 2^(-mean depth / c(samples))."""
    nodes = {key: [] for key in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids")}
    leaves = {key: [] for key in ("treeids", "nodeids", "ids", "weights")}
    scale = TREES * average_path(forest.max_samples_)
    for tree_id, estimator in enumerate(forest.estimators_):
        tree = estimator.tree_
        depth = np.zeros(tree.node_count, dtype=int)
        for node in range(tree.node_count):
            left, right = int(tree.children_left[node]), int(tree.children_right[node])
            leaf = left < 0
            nodes["treeids"].append(tree_id)
            nodes["nodeids"].append(node)
            nodes["featureids"].append(0 if leaf else int(tree.feature[node]))
            nodes["values"].append(0.0 if leaf else float(rounded_down(tree.threshold[node])))
            nodes["modes"].append("LEAF" if leaf else "BRANCH_LEQ")
            nodes["truenodeids"].append(0 if leaf else left)
            nodes["falsenodeids"].append(0 if leaf else right)
            if leaf:
                path = int(depth[node]) + average_path(int(tree.n_node_samples[node]))
                leaves["treeids"].append(tree_id)
                leaves["nodeids"].append(node)
                leaves["ids"].append(0)
                leaves["weights"].append(-path / scale)
            else:
                depth[left] = depth[right] = depth[node] + 1
    trees = helper.make_node(
        "TreeEnsembleRegressor",
        ["features"],
        ["exponent"],
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function="SUM",
        post_transform="NONE",
        **{f"nodes_{key}": values for key, values in nodes.items()},
        **{f"target_{key}": values for key, values in leaves.items()},
    )
    two = helper.make_tensor("two", TensorProto.FLOAT, [], [2.0])
    model = helper.make_model(
        helper.make_graph(
            [trees, helper.make_node("Pow", ["two", "exponent"], ["score"])],
            f"{NAME}-{VERSION}",
            [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["rows", FEATURES])],
            [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["rows", 1])],
            [two],
        ),
        opset_imports=[helper.make_opsetid("", 15), helper.make_opsetid("ai.onnx.ml", 3)],
        producer_name="pynomaly",
    )
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    return model


def border(random: np.random.Generator, forest: IsolationForest, count: int) -> np.ndarray:
    """Rows that lie on a split: a reading is the largest float32 that goes left, in the next row the smallest that goes right."""
    pairs = []
    while len(pairs) < 2 * count:
        tree = forest.estimators_[random.integers(TREES)].tree_
        row = rows(random, 1)
        path = estimator_path(tree, row)
        node = path[random.integers(len(path))]
        left = rounded_down(tree.threshold[node])
        for value in (left, np.nextafter(left, np.float32(np.inf))):
            on_split = row[0].copy()
            on_split[tree.feature[node]] = value
            pairs.append(on_split)
    return np.array(pairs, dtype=np.float32)


def estimator_path(tree, row: np.ndarray) -> list[int]:
    """Splits that a row passes."""
    return [int(node) for node in tree.decision_path(row).indices if tree.children_left[node] >= 0]


def extremes() -> np.ndarray:
    """Rows far outside of what the forest has seen, and both zeros."""
    limits = np.finfo(np.float32)
    values = [0.0, -0.0, limits.max, limits.min, limits.tiny, limits.smallest_subnormal, 1e9, -1e9]
    return np.array([[value, 0.0] * (FEATURES // 2) for value in values], dtype=np.float32)


def write_fixture(forest: IsolationForest, inputs: np.ndarray) -> None:
    """What scikit-learn says of some rows. The shortest text of each float32 reads back as the same float32."""
    records = [
        f'    {{\n      "row": [{", ".join(number(value) for value in row)}],\n'
        f'      "score": {score!r},\n      "label": {label}\n    }}'
        for row, score, label in zip(
            inputs, (-forest.score_samples(inputs)).tolist(), (forest.predict(inputs) == -1).astype(int).tolist()
        )
    ]
    FIXTURE.parent.mkdir(parents=True, exist_ok=True)
    FIXTURE.write_text('{\n  "records": [\n' + ",\n".join(records) + "\n  ]\n}\n")


def number(value: np.float32) -> str:
    """As the formatter of the repository writes it."""
    return str(value).removesuffix(".0").replace("e+0", "e").replace("e+", "e")


def main() -> None:
    random = np.random.default_rng(SEED)
    forest = IsolationForest(n_estimators=TREES, max_samples=SAMPLES, random_state=SEED).fit(rows(random, 10_000))
    assert forest.offset_ == -0.5

    normal, anomalous = rows(random, 3_800), rows(random, 200) * np.float32(5)
    right = np.concatenate([forest.predict(normal) == 1, forest.predict(anomalous) == -1])

    artifact = f"{NAME}-{VERSION}.onnx"
    content = graph(forest).SerializeToString(deterministic=True)
    (MODELS / artifact).write_bytes(content)
    manifest = {
        "name": NAME,
        "version": VERSION,
        "algorithm_name": "IsolationForest",
        "artifact": artifact,
        "sha256": hashlib.sha256(content).hexdigest(),
        "feature_count": FEATURES,
        "threshold": 0.5,
        "accuracy": round(float(right.mean()), 4),
        "accuracy_meaning": "share of right labels on 3,800 ordinary and 200 anomalous synthetic rows, none trained on",
    }
    (MODELS / f"{NAME}-{VERSION}.json").write_text(json.dumps(manifest, indent=2) + "\n")

    inputs = np.concatenate([normal[:80], anomalous[:40], border(random, forest, 100), extremes()])
    write_fixture(forest, inputs)


if __name__ == "__main__":
    main()
