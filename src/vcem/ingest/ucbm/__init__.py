"""The paper's release, CESM@UCBM, as DICOM or NRRD -> a catalogue."""
