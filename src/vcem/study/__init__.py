"""Reader studies: design, answers, pages, analysis."""
