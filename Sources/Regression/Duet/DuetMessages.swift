import Hardware
import Harness
import Kernels

/// What a worker says first, in every version of the protocol: the keys `protocol` and `version` are
/// fixed for good, and all else holds within one version.
struct DuetGreeting: Codable, Equatable {
  /// The name of the protocol.
  static let ofDuets = "plimsoll/duet-worker"
  /// Today's version. It is raised when a message changes its meaning or `EnvironmentEvidence` its keys.
  static let version = 1

  var `protocol` = DuetGreeting.ofDuets
  var version = DuetGreeting.version
  /// What the kernels' provider says about itself.
  var details: String?
  /// Why there is no provider.
  var failure: DuetFailure?

  init(details: String? = nil, failure: DuetFailure? = nil) {
    (self.details, self.failure) = (details, failure)
  }

  /// Reads nothing but the fixed keys of another version.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.protocol = try container.decode(String.self, forKey: .protocol)
    version = try container.decode(Int.self, forKey: .version)
    guard self.protocol == Self.ofDuets, version == Self.version else { return }
    details = try container.decodeIfPresent(String.self, forKey: .details)
    failure = try container.decodeIfPresent(DuetFailure.self, forKey: .failure)
  }
}

/// Why something could not be done, as it travels.
struct DuetFailure: Codable, Equatable {
  var kind: ProviderError.Kind
  var reason: String

  init(_ error: ProviderError) { (kind, reason) = (error.kind, error.description) }

  var error: ProviderError { ProviderError(kind, reason) }
}

/// What a worker is asked.
enum DuetRequest: Codable, Equatable {
  /// Make a row's inputs and its kernel, and forget the row before.
  case prepare(RowText, seed: UInt64, threads: Int)
  /// Time so many calls.
  case run(calls: Int)
  /// Hold the outputs of the last call against the oracle, unless they are as outputs that were right,
  /// and forget the row.
  case finish(known: [String])
}

/// What a worker answers.
enum DuetReply: Codable, Equatable {
  /// A row is ready, and a call does so much.
  case prepared(RunDocument.Work)
  case segment(DuetSegment)
  /// Whether the outputs were right: a digest of them, and where they were wrong.
  case finished(digest: String, complaint: String?)
  case failed(DuetFailure)
}

/// Some calls in a row, timed.
struct DuetSegment: Codable, Equatable {
  /// Seconds that all calls took together.
  var seconds: Double
  /// What the system did meanwhile.
  var evidence: EnvironmentEvidence
}

/// A row as text, for a program that may know other rows.
struct RowText: Codable, Equatable, Sendable {
  var workload: String
  /// Names and values, in the order of the workload's axes.
  var parameters: [[String]]

  /// The text of `row`.
  init(_ row: Row) {
    workload = row.workload.name
    parameters = row.parameters.pairs.map { [$0.name, "\($0.value)"] }
  }

  /// The row among `workloads` that this text stands for.
  ///
  /// Errors: `.usage` when there is no such workload, or one with other parameters.
  func row(among workloads: [any Workload]) throws(WorkloadError) -> Row {
    guard let workload = workloads.first(where: { $0.name == self.workload }) else {
      throw WorkloadError(.usage, "there is no workload '\(self.workload)'")
    }
    let (asked, known) = (parameters.map { $0.first ?? "" }, workload.axes.map(\.name))
    guard asked == known, parameters.allSatisfy({ $0.count == 2 }) else {
      throw WorkloadError(
        .usage,
        "\(workload.name) has the parameters \(known.joined(separator: ", ")), and not "
          + asked.joined(separator: ", "))
    }
    var pairs: [(name: String, value: ParameterValue)] = []
    for (axis, text) in zip(workload.axes, parameters.map { $0[1] }) {
      pairs.append((axis.name, try axis.value(parsing: text)))
    }
    return Row(workload, Parameters(pairs))
  }
}
