"""The experiments of the articles, one study or close family a file."""
