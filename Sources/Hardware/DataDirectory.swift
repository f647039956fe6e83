/// Where this program keeps what it has measured, following the environment it is given.
public enum DataDirectory {
  /// The folder's absolute path; it need not exist.
  ///
  /// `$XDG_DATA_HOME/plimsoll`, else `$HOME/.local/share/plimsoll`, on macOS
  /// `$HOME/Library/Application Support/plimsoll`. A relative path counts as unset, since it would
  /// mean another folder after every change of directory.
  /// Source: XDG Base Directory Specification 0.8.
  ///
  /// Errors: as a reason, when neither variable names an absolute path.
  public static func path(
    environment: [String: String], system: OperatingSystem = .current
  ) -> Reading<String> {
    if system == .linux, let data = absolute(environment["XDG_DATA_HOME"]) {
      return .value(joined(data, "plimsoll"))
    }
    guard let home = absolute(environment["HOME"]) else {
      let names = system == .linux ? "XDG_DATA_HOME and HOME name" : "HOME names"
      return .unavailable("\(names) no absolute path; set HOME")
    }
    switch system {
    case .linux: return .value(joined(home, ".local/share/plimsoll"))
    case .macOS: return .value(joined(home, "Library/Application Support/plimsoll"))
    }
  }

  /// The systems that differ in where data goes.
  public enum OperatingSystem: Sendable {
    /// Linux and whatever else follows the XDG specification.
    case linux
    /// macOS.
    case macOS

    /// The system this program was built for.
    public static var current: Self {
      #if os(macOS)
        .macOS
      #else
        .linux
      #endif
    }
  }

  private static func absolute(_ path: String?) -> String? {
    path.flatMap { $0.hasPrefix("/") ? $0 : nil }
  }

  private static func joined(_ folder: String, _ rest: String) -> String {
    folder.hasSuffix("/") ? folder + rest : folder + "/" + rest
  }
}
