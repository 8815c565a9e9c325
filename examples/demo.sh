#!/usr/bin/env bash
# From virtual women to a report with its truth, on two CPU cores in minutes. Called by `make demo`.
# DATA=folder takes a CDD-CESM release of real pairs in place of a simulated cohort.
set -euo pipefail
vcem() { "$BIN/vcem" "$@"; }

# A virtual woman, her virtual DES by a model that comes with the program, and both in one picture. She was chosen for
# what she has, not for what the model draws: in one breast an irregular mass that enhances and a smooth one that does not.
vcem simulate "$WORK/exam" --patients 1 --seed "${EXAM:-2346}" --pixel-mm 0.8
vcem enhance "$WORK/exam" --model simulated-resunet --out "$WORK/virtual"
vcem look "$WORK/exam" "$WORK/virtual" --out "$WORK/look.png"
echo "Look at $WORK/look.png: LE, DES, and the virtual DES that a network drew from LE alone. Now others are trained."

# The whole river: a cohort, the paper's three methods trained small, and a report of what each missed and invented.
if [ -n "${DATA:-}" ]; then
  vcem import cdd-cesm "$DATA" "$WORK/catalogue"
  grid=(--size 256x128) # their headers tell no millimetres: each breast fills the grid
else
  vcem simulate "$WORK/cohort" --patients "${PATIENTS:-24}" --seed 0 --pixel-mm 0.8
  vcem import dicom "$WORK/cohort" "$WORK/catalogue" --align header # LE and DES of one compression, on one grid
  grid=(--size 256x128 --pixel-mm 1.2)
fi
vcem describe "$WORK/catalogue"
vcem prepare "$WORK/catalogue" "$WORK/prepared" --protocol strict --frame breast "${grid[@]}"
vcem split "$WORK/prepared" --protocol strict --folds 3 --seed 0
vcem crossval recipes/demo/autoencoder.toml recipes/demo/pix2pix.toml recipes/demo/cyclegan.toml \
  --data "$WORK/prepared" --out "$WORK/runs" --jobs "${JOBS:-2}"
# The model that comes with vcem saw none of these women: it draws the test pairs of every fold, on its own finer grid, and
# its images are brought onto the grid of the others.
if [ -z "${DATA:-}" ]; then
  vcem prepare "$WORK/catalogue" "$WORK/finer" --protocol strict --frame breast --size 320x192 --pixel-mm 0.8
  for fold in 0 1 2; do
    own="$WORK/runs/simulated-resunet/fold-0$fold"
    vcem predict simulated-resunet --data "$WORK/finer" --folds-file "$WORK/prepared/folds.json" --fold $fold \
      --onto "$WORK/prepared" --out "$own/predictions"
    vcem score "$own/predictions" --data "$WORK/prepared"
  done
fi
vcem report "$WORK/runs" --data "$WORK/prepared" --out "$WORK/report"
echo "Open $WORK/report/index.html"
