import Hardware

/// Profiles of boxes on disk, one file a fingerprint, and beside it what earlier ones said.
public struct ProfileStore: Sendable {
  private let folder: Reading<String>

  /// The store in the data folder that `environment` names.
  public init(environment: [String: String]) {
    folder = DataDirectory.path(environment: environment).map { $0 + "/profiles" }
  }

  /// Where the profile of a box lies, or why there is no such place.
  public func path(fingerprint: String) -> Reading<String> {
    folder.map { "\($0)/\(fingerprint).json" }
  }

  /// The stored profile of a box; nil when there is none of today's schema.
  public func load(fingerprint: String) -> Profile? {
    guard let path = path(fingerprint: fingerprint).value,
      let profile = try? Self.read(path: path), profile.fingerprint == fingerprint
    else { return nil }
    return profile
  }

  /// What earlier profiles of a box said; empty when none is remembered.
  public func history(fingerprint: String) -> ProfileHistory {
    guard let path = historyPath(fingerprint: fingerprint).value,
      let history = try? DocumentFile.read(
        ProfileHistory.self, schema: ProfileHistory.schema, path: path)
    else { return ProfileHistory() }
    return ProfileHistory(history.entries)
  }

  private func historyPath(fingerprint: String) -> Reading<String> {
    folder.map { "\($0)/history/\(fingerprint).json" }
  }

  /// Stores `profile`, whole or not at all; gives the reason when it can't be. What it replaces goes into the
  /// history first, so that one that is cut off between the two loses nothing.
  public func save(_ profile: Profile) -> Reading<String> {
    let name = profile.fingerprint
    return path(fingerprint: name).and(historyPath(fingerprint: name)).flatMap { path, older in
      do {
        if let earlier = load(fingerprint: name) {
          try AtomicFile.write(
            try JSON.text(history(fingerprint: name).adding(earlier)), to: older)
        }
        try AtomicFile.write(try JSON.text(profile), to: path)
        return .value(path)
      } catch {
        return .unavailable("\(error)")
      }
    }
  }

  /// Reads the profile at `path`, which `plimsoll profile --format json` wrote on any box.
  public static func read(path: String) throws(DocumentFile.ReadFailure) -> Profile {
    try DocumentFile.read(Profile.self, schema: Profile.schema, path: path)
  }
}
