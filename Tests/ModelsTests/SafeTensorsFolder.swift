import Foundation

/// A folder of test files, removed when it goes out of scope.
final class SafeTensorsFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "plimsoll-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes `bytes` under `name`, which may lie in a subfolder, and returns the path.
  @discardableResult
  func write(_ bytes: [UInt8], as name: String = "model.safetensors") throws -> String {
    let url = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  /// Writes `text` under `name` and returns the path.
  @discardableResult
  func write(text: String, as name: String) throws -> String {
    try write(Array(text.utf8), as: name)
  }
}

/// A safetensors file: the length of `header`, `header` itself, and `dataLength` zero bytes.
func safeTensorsFile(header: [UInt8], dataLength: Int) -> [UInt8] {
  let length = UInt64(header.count)
  let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) }
  return prefix + header + [UInt8](repeating: 0, count: dataLength)
}

/// A safetensors file with a header of text.
func safeTensorsFile(_ header: String, dataLength: Int) -> [UInt8] {
  safeTensorsFile(header: Array(header.utf8), dataLength: dataLength)
}

/// A sound file of BF16 tensors in the order given; shapes are slowest dimension first.
func safeTensorsFile(_ tensors: [(name: String, shape: [Int])]) -> [UInt8] {
  var end = 0
  let entries = tensors.map { name, shape in
    let begin = end
    end += 2 * shape.reduce(1, *)
    return "\"\(name)\":{\"dtype\":\"BF16\",\"shape\":\(shape),\"data_offsets\":[\(begin),\(end)]}"
  }
  return safeTensorsFile("{" + entries.joined(separator: ",") + "}", dataLength: end)
}
