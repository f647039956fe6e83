import ArgumentParser
import Reports

/// The formats that a verb has.
protocol FormatChoice: ExpressibleByArgument {
  /// The format that is written where none is named.
  static var usual: Self { get }
}

extension Format: FormatChoice {
  static let usual = Format.text
}

/// A table, or a test report: what there is to tell of a comparison.
enum ComparisonFormat: FormatChoice {
  case table(Format)
  case junit

  static let usual = ComparisonFormat.table(.text)

  static var allValueStrings: [String] {
    Format.allCases.map(\.rawValue) + [NativeFormat.junit.rawValue]
  }

  init?(argument: String) {
    if let format = Format(rawValue: argument) {
      self = .table(format)
    } else if argument == NativeFormat.junit.rawValue {
      self = .junit
    } else {
      return nil
    }
  }
}

/// A table, or a file that another tool reads.
enum MeasurementFormat: FormatChoice {
  case table(Format)
  case native(NativeFormat)

  static let usual = MeasurementFormat.table(.text)

  static var allValueStrings: [String] {
    Format.allCases.map(\.rawValue) + NativeFormat.allCases.map(\.rawValue)
  }

  init?(argument: String) {
    if let format = Format(rawValue: argument) {
      self = .table(format)
    } else if let format = NativeFormat(rawValue: argument) {
      self = .native(format)
    } else {
      return nil
    }
  }

  /// The format, where only tables will do.
  ///
  /// Errors: usage for a native one.
  func table(for what: String) throws(Failure) -> Format {
    switch self {
    case .table(let format): return format
    case .native(let format):
      let tables = Format.allCases.map(\.rawValue).joined(separator: ", ")
      throw Failure(
        .usage, "--format \(format.rawValue) is not for \(what), which takes \(tables)")
    }
  }
}
