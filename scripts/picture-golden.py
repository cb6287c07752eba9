"""Makes fixtures/picture/golden.json: pictures as torchvision's Resize scales them, and their centers.

Centers are cropped at ⌊(n − s)/2⌋. torchvision's CenterCrop rounds halves to even, and so is one pixel further where
(n − s)/2 ends in .5 above an odd number: `centerCrop` is its offset.

A picture follows from a rule that `src/data/torchvision.test.ts` follows too, so that only hashes and some pixels are
stored. Needs torchvision; run as `python3 scripts/picture-golden.py`.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from PIL import Image
from torchvision import transforms
from torchvision.transforms import functional

# height, width; short side, input
cases = [
    *(((h, w), (256, 224)) for h, w in [(227, 227), (300, 240), (375, 500), (48, 64), (256, 300), (1100, 1300)]),
    *(((h, w), (342, 299)) for h, w in [(227, 227), (375, 500), (299, 299)]),
    *(((h, w), (256, 227)) for h, w in [(375, 500), (299, 299), (64, 48)]),
    *(((h, w), (32, 32)) for h, w in [(375, 500), (48, 64), (33, 32), (20, 25)]),
]


def picture(height, width):
    """Noise: a hash of the position in 0..255."""
    h = np.arange(3 * height * width, dtype=np.uint32) * np.uint32(0x9E3779B9)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    return (h >> np.uint32(24)).astype(np.uint8).reshape(height, width, 3)


def golden(size, rule):
    resize, crop = rule
    scaled = transforms.Resize(resize)(Image.fromarray(picture(*size)))
    width, height = scaled.size
    top, left = (height - crop) // 2, (width - crop) // 2
    center = np.asarray(functional.crop(scaled, top, left, crop, crop))
    assert center.shape == (crop, crop, 3)
    flat = center.reshape(-1)
    return {
        "picture": size,
        "resize": resize,
        "crop": crop,
        "scaled": [height, width],
        "centerCrop": [int(round((height - crop) / 2.0)), int(round((width - crop) / 2.0))],
        "sha256": hashlib.sha256(flat.tobytes()).hexdigest(),
        "values": flat[np.arange(12) * (flat.size // 12)].tolist(),
    }


made = [golden(*case) for case in cases]
file = Path(__file__).parent.parent / "fixtures/picture/golden.json"
file.write_text("[\n" + ",\n".join(" " + json.dumps(one) for one in made) + "\n]\n")
