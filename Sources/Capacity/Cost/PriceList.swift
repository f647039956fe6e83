#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a host charges for a million tokens, model by model.
///
/// JSON: `{"rows": [{"model", "prefill", "sample", "train", "note"}], "effective", "source"}`, or an object that
/// holds such a list under `prices_usd_per_million_tokens` among other things. A row needs `model` and one price;
/// `cached_prefill_discount`, `checkpoint_storage_usd_per_gb_month` and `older` are accepted and not used.
public struct PriceList: Sendable, Equatable, Codable {
  /// The rows, in the file's order.
  public var rows: [Row]
  /// From when on the prices hold, in the file's words.
  public var effective: String?
  /// Where they were read.
  public var source: String?

  /// The prices of one model.
  public struct Row: Sendable, Equatable, Codable {
    /// The model, as the host spells it.
    public var model: String
    /// A million tokens of prompt.
    public var prefill: Double?
    /// A million generated tokens.
    public var sample: Double?
    /// A million tokens of training.
    public var train: Double?
    /// A remark.
    public var note: String?

    /// Memberwise.
    public init(
      model: String, prefill: Double? = nil, sample: Double? = nil, train: Double? = nil,
      note: String? = nil
    ) {
      (self.model, self.note) = (model, note)
      (self.prefill, self.sample, self.train) = (prefill, sample, train)
    }
  }

  /// Memberwise.
  public init(rows: [Row], effective: String? = nil, source: String? = nil) {
    (self.rows, self.effective, self.source) = (rows, effective, source)
  }

  /// The list that `json` holds.
  ///
  /// Errors: text that is no such list, a key that is not known, a price that is negative, a row without a price,
  /// or two rows of one model; each names its place.
  public init(json: [UInt8]) throws(CapacityError) {
    do { self = try JSONDecoder().decode(File.self, from: Data(json)).list } catch {
      throw CapacityError(Self.sentence(error))
    }
    var seen: Set<String> = []
    for row in rows {
      let prices = [row.prefill, row.sample, row.train].compactMap(\.self)
      guard !prices.isEmpty else {
        throw CapacityError("'\(row.model)' has no price; expected prefill, sample or train")
      }
      guard prices.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
        throw CapacityError("'\(row.model)' has a negative price; expected zero or more")
      }
      guard seen.insert(row.model).inserted else {
        throw CapacityError("'\(row.model)' has two rows; leave one of them")
      }
    }
  }

  /// The row of a model, whatever its publisher, its case and what stands in brackets; nil without one.
  public func row(for model: String) -> Row? {
    let wanted = Self.plain(model)
    return rows.first { Self.plain($0.model) == wanted }
  }

  /// The name after the publisher, before a bracket, letters and digits alone.
  private static func plain(_ model: String) -> String {
    let name = model.split(separator: "/").last.map(String.init) ?? model
    return name.prefix { $0 != "(" }.lowercased().filter { $0.isLetter || $0.isNumber || $0 == ":" }
  }

  private static func sentence(_ error: any Error) -> String {
    let expected =
      "expected {\"rows\": [{\"model\", \"prefill\", \"sample\", \"train\"}]}, prices of a million tokens"
    switch error as? DecodingError {
    case .keyNotFound(let key, let context)?:
      return "\(place(context)): the key '\(key.stringValue)' is missing; \(expected)"
    case .typeMismatch(_, let context)?, .valueNotFound(_, let context)?,
      .dataCorrupted(let context)?:
      return "\(place(context)): \(context.debugDescription); \(expected)"
    default: return "the list can't be read: \(expected)"
    }
  }

  private static func place(_ context: DecodingError.Context) -> String {
    let path = context.codingPath.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }
    return "at \(path.isEmpty ? "the top" : path.joined(separator: "."))"
  }
}

extension PriceList {
  /// A file with the list in it, by itself or under its key.
  private struct File: Decodable {
    let list: PriceList

    init(from decoder: any Decoder) throws {
      let top = try decoder.container(keyedBy: Key.self)
      let key = Key("prices_usd_per_million_tokens")
      let isInside = top.contains(key)
      let container = isInside ? try top.nestedContainer(keyedBy: Key.self, forKey: key) : top
      try container.refuse(
        keysBut: [
          "rows", "effective", "source", "older", "cached_prefill_discount",
          "checkpoint_storage_usd_per_gb_month",
        ])
      list = PriceList(
        rows: try container.decode([StrictRow].self, forKey: Key("rows")).map(\.row),
        effective: try container.decodeIfPresent(String.self, forKey: Key("effective")),
        source: try container.decodeIfPresent(String.self, forKey: Key("source")))
    }
  }

  /// A row none of whose keys is unknown: a misspelt price would be a missing one.
  private struct StrictRow: Decodable {
    let row: Row

    init(from decoder: any Decoder) throws {
      try decoder.container(keyedBy: Key.self)
        .refuse(keysBut: ["model", "prefill", "sample", "train", "note"])
      row = try Row(from: decoder)
    }
  }
}

private struct Key: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { nil }
}

extension KeyedDecodingContainer<Key> {
  /// Throws for a key that is none of `known`.
  fileprivate func refuse(keysBut known: Set<String>) throws {
    guard let other = allKeys.map(\.stringValue).filter({ !known.contains($0) }).min() else {
      return
    }
    throw DecodingError.dataCorrupted(
      .init(
        codingPath: codingPath,
        debugDescription:
          "'\(other)' is not known; keys are \(known.sorted().joined(separator: ", "))"))
  }
}
