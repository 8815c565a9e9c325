#!/usr/bin/env bash
# STUDY, from images to a report: bash run.sh. The same command goes on where it was stopped.
# vcem VERB --help explains each step.
set -euo pipefail
cd "$(dirname "$0")"

# 1. Images. Simulated women first, to see the whole way; then your own folder of DICOM files:
#      ARCHIVE=FOLDER bash run.sh
#    Empty data/ and runs/ before you change from one to the other.
if [ -z "${ARCHIVE:-}" ]; then
  vcem simulate data/women --patients 50 --seed 0
  ARCHIVE=data/women
fi
vcem import dicom "$ARCHIVE" data/catalogue # LE and DES, paired and registered; what was left out: skipped.csv
vcem describe data/catalogue                # who is in it

# 2. What a network sees: the breast's box in a fixed grey scale, and every patient in one part of each fold only.
#    The size is that of the recipes; of the whole field (--frame field) the breast would fill a fifth, not a third.
vcem prepare data/catalogue data/prepared --protocol strict --size 128
vcem split data/prepared --protocol strict --folds 5 --seed 0

# 3. Train, predict and score every fold of every recipe. Change recipes here, not flags: they are the record.
vcem crossval recipes/resunet.toml recipes/pix2pix.toml --data data/prepared --out runs

# 4. One page: what each method found, missed and invented, beside trivial references.
vcem report runs --data data/prepared --out report

# 5. A model to hand on, with its card. Mind the licence of the images that it learned from.
vcem export runs/resunet/fold-00 --out model

echo "Open report/index.html"
