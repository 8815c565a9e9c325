#!/usr/bin/env bash
# From an archive of pairs to a report, on two CPU cores in minutes. Called by `make demo`.
set -euo pipefail
vcem() { "$BIN/vcem" "$@"; }
if [ -d "$DATA" ]; then
  origin=clinical
else
  echo "No real pairs at $DATA: made-up ones are used, marked as simulated. DATA=folder names a CDD-CESM release."
  DATA="$WORK/toy-release" origin=simulated
  "$BIN/python" tests/fakes/toy_release.py "$DATA" --patients 12
fi
vcem import cdd-cesm "$DATA" "$WORK/catalogue" --origin "$origin"
vcem describe "$WORK/catalogue"
vcem prepare "$WORK/catalogue" "$WORK/prepared" --protocol strict --size 64
vcem split "$WORK/prepared" --protocol strict --folds 3 --seed 0
vcem crossval recipes/demo/autoencoder.toml recipes/demo/pix2pix.toml recipes/demo/cyclegan.toml \
  --data "$WORK/prepared" --out "$WORK/runs"
vcem report "$WORK/runs" --data "$WORK/prepared" --out "$WORK/report"
echo "Open $WORK/report/index.html"
