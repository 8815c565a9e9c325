"""The service beside a PACS: LE images in by C-STORE or DICOMweb, virtual DES images back. Research only."""
