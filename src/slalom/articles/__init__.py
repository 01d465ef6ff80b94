"""The content: studies of five articles on optimizers, and their claims put to the test."""
