"""The forest that peer A serves: the one that the service ships as ONNX (app/models/generate/generate.py), trained again."""

import math

import numpy as np
from sklearn.ensemble import IsolationForest

FEATURES, TREES, SAMPLES, SEED = 8, 100, 256, 42


def fitted_forest() -> IsolationForest:
    random = np.random.default_rng(SEED)
    common = np.repeat(random.standard_normal((10_000, 2)), FEATURES // 2, axis=1)
    own = random.standard_normal((10_000, FEATURES))
    rows = ((common + own) / math.sqrt(2)).astype(np.float32)
    return IsolationForest(n_estimators=TREES, max_samples=SAMPLES, random_state=SEED).fit(rows)
