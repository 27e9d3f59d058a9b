// Which release this is.

/// The version of the suite.
public enum SuiteVersion {
    /// Follows semantic versioning.
    public static let current = "0.1.0"
}
