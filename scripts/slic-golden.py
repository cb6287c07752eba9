# Superpixels of some of the embedded scenes by scikit-image, for comparison with those of `src/analysis/slic.ts`:
#   python3 scripts/slic-golden.py
# scikit-image 0.19 starts clusters from their cells of the grid and looks for their pixels twice as far as the paper does,
# so its segmentations agree well with the paper's algorithm, not exactly.
import json
import pathlib

import numpy as np
from skimage.color import rgb2lab
from skimage.io import imread
from skimage.segmentation import slic

fixtures = pathlib.Path(__file__).parent.parent / "fixtures"


def scene(name, segments, compactness):
    image = imread(fixtures / "embedded" / name)[..., :3]
    # it scales every image to its own range
    image[0, 0], image[-1, -1] = 0, 255
    labels = slic(image, segments, compactness, start_label=0, min_size_factor=0.25)
    return {
        "image": name,
        "segments": segments,
        "compactness": compactness,
        "labels": [" ".join(map(str, row)) for row in labels.tolist()],
    }


colors = [[0, 0, 0], [255, 255, 255], [128, 128, 128], [255, 0, 0], [0, 255, 0], [0, 0, 255], [3, 9, 2], [200, 100, 50]]
lab = rgb2lab(np.array([colors], dtype=np.uint8))[0]
scenes = [scene(f"{name}/0.png", 16, 30) for name in ("frog", "ship", "truck", "horse", "airplane")]
text = json.dumps({"lab": [{"rgb": c, "lab": v} for c, v in zip(colors, lab.tolist())], "scenes": scenes}, indent=1)
(fixtures / "slic.json").write_text(text + "\n")
