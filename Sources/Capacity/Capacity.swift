import Models

/// Judges whether a box carries a model, how fast, and what would fit instead.
public enum Capacity {}
