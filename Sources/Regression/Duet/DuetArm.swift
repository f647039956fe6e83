import Kernels

/// One side of a duet: a plimsoll program with its own kernels, or a provider served by this program.
public struct DuetArm: Sendable, Equatable {
  /// As it was asked for: `./plimsoll-old`, `plugin:./mine.so`.
  public let name: String
  private let program: String?
  private let provider: ProviderName?

  /// This program with its own kernels.
  public static let ownKernels = DuetArm(name: "plimsoll", program: nil, provider: .own)

  private init(name: String, program: String?, provider: ProviderName?) {
    (self.name, self.program, self.provider) = (name, program, provider)
  }

  /// Reads a provider's name, `plimsoll`, `cblas:PATH` or `plugin:PATH`; all else is the path of a program.
  ///
  /// Errors: `.usage` for an empty name or a provider without a path.
  public init(parsing text: String) throws(ProviderError) {
    let isProvider = text == "plimsoll" || text.hasPrefix("cblas:") || text.hasPrefix("plugin:")
    guard !text.isEmpty else {
      throw ProviderError(
        .usage, "an arm of a duet is a plimsoll program or a provider, and '' is neither")
    }
    self.init(
      name: text, program: isProvider ? nil : text,
      provider: isProvider ? try ProviderName(parsing: text) : nil)
  }

  /// How often its process holds a row's inputs: a plug-in gets copies.
  var copiesOfInputs: Int {
    if case .plugin = provider { 2 } else { 1 }
  }

  /// A worker for this arm in a process of its own, started from a new copy of its program and with
  /// `padding` more bytes of environment, so that luck with addresses is drawn anew each time.
  ///
  /// Errors: `.notFound` and `.malformed` for what is no plimsoll or speaks another version of the
  /// protocol, else those of its provider.
  func start(
    as part: DuetPart, padding: Int, patience: Double, isInterrupted: @escaping () -> Bool
  ) throws(ProviderError) -> any DuetWorker {
    let copy = try ProgramCopy(of: program)
    let served = ServedProgram(
      path: copy.path,
      arguments: [DuetHost.verb] + (provider == nil ? [] : ["--provider", name]),
      subject: "\(name) (\(part.phrase))",
      variable: "PLIMSOLL_DUET_PADDING=" + String(repeating: "x", count: padding), isQuiet: true)
    return try WorkerProcess(
      served, copy: copy, name: name, patience: patience, isInterrupted: isInterrupted)
  }
}

/// The three parts of a duet, each a process.
public enum DuetPart: String, Sendable, Codable, CaseIterable {
  /// What is compared with.
  case base
  /// The same once more: what differs here is noise.
  case again
  /// What is judged.
  case new

  /// In a sentence.
  var phrase: String {
    switch self {
    case .base: "base"
    case .again: "base once more"
    case .new: "new"
    }
  }
}
