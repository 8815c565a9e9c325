"""From predictions to scores: predict, score, truth, references, comparisons of arrays."""
