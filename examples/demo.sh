#!/usr/bin/env bash
# From virtual women to a report with its truth, on two CPU cores in minutes. Called by `make demo`.
# DATA=folder takes a CDD-CESM release of real pairs in place of a simulated cohort.
set -euo pipefail
vcem() { "$BIN/vcem" "$@"; }
if [ -n "${DATA:-}" ]; then
  vcem import cdd-cesm "$DATA" "$WORK/catalogue"
else
  vcem simulate "$WORK/cohort" --patients "${PATIENTS:-24}" --seed 0 --pixel-mm 0.8
  vcem import dicom "$WORK/cohort" "$WORK/catalogue" --align header # LE and DES of one compression, on one grid
fi
vcem describe "$WORK/catalogue"
vcem prepare "$WORK/catalogue" "$WORK/prepared" --protocol strict --frame field --size 96
vcem split "$WORK/prepared" --protocol strict --folds 3 --seed 0
vcem crossval recipes/demo/autoencoder.toml recipes/demo/pix2pix.toml recipes/demo/cyclegan.toml \
  --data "$WORK/prepared" --out "$WORK/runs" --jobs "${JOBS:-2}"
vcem report "$WORK/runs" --data "$WORK/prepared" --out "$WORK/report"
echo "Open $WORK/report/index.html"
