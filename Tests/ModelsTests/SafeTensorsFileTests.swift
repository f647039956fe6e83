import Foundation
import Tensors
import Testing

@testable import Models

@Suite struct SafeTensorsFileTests {
  let folder: SafeTensorsFolder

  init() throws { folder = try SafeTensorsFolder() }

  @Test func readsTensorsInTheOrderOfTheirDataAndRowLengthFirst() throws {
    let header = """
        {"__metadata__":{"format":"pt"},
       "lm_head.weight":{"data_offsets":[12,28],"shape":[4,2],"dtype":"F16"},
       "model.embed_tokens.weight":{"dtype":"I32","shape":[3],"data_offsets":[0,12]}}
      """
    let tensors = try SafeTensorsFile.tensors(
      path: folder.write(safeTensorsFile(header + "   ", dataLength: 28)))
    #expect(
      tensors == [
        Tensor(
          name: "model.embed_tokens.weight", shape: [3], type: .i32, bytes: 12, role: .small),
        Tensor(name: "lm_head.weight", shape: [2, 4], type: .f16, bytes: 16, role: .output),
      ])
  }

  @Test(
    arguments: [
      ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("F8_E4M3FNUZ", 8), ("F8_E5M2FNUZ", 8),
      ("BOOL", 8),
      ("U8", 8), ("I8", 8), ("F8_E4M3", 8), ("F8_E5M2", 8), ("F8_E8M0", 8), ("I16", 16),
      ("U16", 16), ("F16", 16), ("BF16", 16), ("I32", 32), ("U32", 32), ("F32", 32), ("I64", 64),
      ("U64", 64), ("F64", 64), ("C64", 64),
    ])
  func knowsTheBitsOfEveryType(dtype: String, bits: Int) throws {
    // Rows of two and four of them: no row of six bits is whole bytes, and the whole is.
    let bytes = bits
    let header = #"{"t":{"dtype":"\#(dtype)","shape":[4,2],"data_offsets":[0,\#(bytes)]}}"#
    let tensors = try SafeTensorsFile.tensors(
      path: folder.write(safeTensorsFile(header, dataLength: bytes)))
    #expect(tensors.map(\.bytes) == [bits])
    #expect(tensors.map(\.type.rawValue) == [dtype])
  }

  @Test(
    arguments: [
      ("{}", 0, 0),
      (#"{"__metadata__":{}}"#, 0, 0),
      (#"{"t":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#, 4, 1),
      (#"{"t":{"dtype":"F32","shape":[7,0],"data_offsets":[0,0]}}"#, 0, 1),
      (#"{"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"note":[{}]}}"#, 1, 1),
      (
        #"{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#,
        1, 2
      ),
    ])
  func takesUnusualSoundFiles(header: String, dataLength: Int, count: Int) throws {
    let path = try folder.write(safeTensorsFile(header, dataLength: dataLength))
    #expect(try SafeTensorsFile.tensors(path: path).count == count)
  }

  /// A broken header, the bytes after it, and what the error must say.
  struct Broken: Sendable, CustomTestStringConvertible {
    let header: String
    let dataLength: Int
    let says: [String]
    var testDescription: String { header }
  }

  static let broken: [Broken] = [
    Broken(header: "", dataLength: 0, says: ["byte 8", "an object", "the end"]),
    Broken(header: "[]", dataLength: 0, says: ["byte 8", "an object"]),
    Broken(header: "{} x", dataLength: 0, says: ["byte 11", "the end of the text", "'x'"]),
    Broken(
      header: entry("a", "F32", "[1]", "0,4") + "," + entry("a", "F32", "[1]", "4,8"),
      dataLength: 8, says: ["byte 62", "each key once", "'a' again"]),
    Broken(
      header: #""t":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}"#, dataLength: 4,
      says: ["byte 28", "each key once", "'dtype' again"]),
    Broken(
      header: entry("t", "Q4_0", "[32]", "0,18"), dataLength: 18,
      says: ["byte 22", "a safetensors dtype for 't'", "'Q4_0'"]),
    Broken(
      header: entry("t", "F32", "[-1]", "0,4"), dataLength: 4,
      says: ["extents of 't' not to be negative", "[-1]"]),
    Broken(
      header: entry("t", "F32", "[1.5]", "0,6"), dataLength: 6, says: ["byte 37", "whole number"]),
    Broken(
      header: entry("t", "F32", "[9223372036854775808]", "0,4"), dataLength: 4,
      says: ["a whole number below 2^63"]),
    Broken(
      header: entry("t", "F32", "[4294967296,4294967296]", "0,0"), dataLength: 0,
      says: ["byte 13", "'t' to span F32 elements of shape [4294967296, 4294967296]"]),
    Broken(
      header: entry("t", "F64", "[1152921504606846976]", "0,0"), dataLength: 0,
      says: ["'t' to span F64"]),
    Broken(header: entry("t", "F32", "[2]", "0,4"), dataLength: 4, says: ["shape [2]", "4 bytes"]),
    Broken(header: entry("t", "F4", "[3]", "0,2"), dataLength: 2, says: ["F4", "shape [3]"]),
    Broken(header: entry("t", "F6_E2M3", "[2]", "0,2"), dataLength: 2, says: ["F6_E2M3"]),
    Broken(header: entry("t", "F32", "[1]", "4,0"), dataLength: 4, says: ["begin", "[4, 0]"]),
    Broken(header: entry("t", "F32", "[1]", "0,4,8"), dataLength: 4, says: ["begin and an end"]),
    Broken(header: entry("t", "F32", "[1]", "-4,0"), dataLength: 0, says: ["not to be negative"]),
    Broken(
      header: #""t":{"shape":[1],"data_offsets":[0,4]}"#, dataLength: 4, says: ["'t'", "no dtype"]),
    Broken(
      header: #""t":{"dtype":"U8","data_offsets":[0,1]}"#, dataLength: 1, says: ["'t'", "no shape"]),
    Broken(
      header: #""t":{"dtype":"U8","shape":[1]}"#, dataLength: 1, says: ["'t'", "no data_offsets"]),
    Broken(
      header: entry("t", "U8", "[1]", "1,2"), dataLength: 2,
      says: ["byte 13", "'t' to begin at 0", "a hole"]),
    Broken(
      header: entry("a", "U8", "[1]", "0,1") + "," + entry("b", "U8", "[1]", "2,3"),
      dataLength: 3, says: ["'b' to begin at 1", "2, a hole"]),
    Broken(
      header: entry("a", "U8", "[2]", "0,2") + "," + entry("b", "U8", "[2]", "1,3"),
      dataLength: 3, says: ["'b' to begin at 2", "1, an overlap"]),
    Broken(
      header: entry("t", "U8", "[2]", "0,2"), dataLength: 1,
      says: ["2 bytes of data after the header", "found 1"]),
    Broken(
      header: entry("t", "U8", "[2]", "0,2"), dataLength: 3,
      says: ["2 bytes of data after the header", "found 3"]),
    Broken(header: #""t":7"#, dataLength: 0, says: ["byte 13", "an object", "7}"]),
    Broken(
      header: #""__metadata__":{"step":7}"#, dataLength: 0, says: ["byte 32", "a string", "7}}"]),
    Broken(header: #""__metadata__":null"#, dataLength: 0, says: ["byte 24", "an object"]),
  ]

  private static func entry(
    _ name: String, _ dtype: String, _ shape: String, _ offsets: String
  ) -> String {
    #""\#(name)":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":[\#(offsets)]}"#
  }

  @Test(arguments: broken) func refusesAndSaysWhere(_ broken: Broken) throws {
    let whole = broken.header.hasPrefix("\"") ? "{\(broken.header)}" : broken.header
    let path = try folder.write(safeTensorsFile(whole, dataLength: broken.dataLength))
    let error = #expect(throws: ModelError.self) { try SafeTensorsFile.tensors(path: path) }
    #expect(error?.kind == .malformed)
    for words in broken.says {
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test(
    arguments: [
      ([], "a file of 0 bytes"), ([1, 0, 0, 0, 0, 0, 0], "a file of 7 bytes"),
      ([1, 0, 0, 0, 0, 0, 0, 0], "a header of 1 bytes"),
      ([0x01, 0xE1, 0xF5, 0x05, 0, 0, 0, 0, 0x7B], "found 100000001"),
      ([255, 255, 255, 255, 255, 255, 255, 255, 0x7B], "found 18446744073709551615"),
    ] as [([UInt8], String)])
  func refusesALengthThatCannotBe(bytes: [UInt8], says: String) throws {
    let path = try folder.write(bytes)
    let error = #expect(throws: ModelError.self) { try SafeTensorsFile.tensors(path: path) }
    #expect(error?.kind == .malformed)
    #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
  }

  @Test func aHostileNameCannotSteerATerminal() throws {
    let long = String(repeating: "x", count: 5_000)
    let header = #"{"\u001b[2J\u0000\u009b\#(long)":{}}"#
    let path = try folder.write(safeTensorsFile(header, dataLength: 0))
    let error = #expect(throws: ModelError.self) { try SafeTensorsFile.tensors(path: path) }
    let sentence = try #require(error?.description)
    #expect(sentence.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    #expect(sentence.count < 500)
    #expect(sentence.contains("[2J"))
  }

  @Test func refusesTextThatIsNotUTF8() throws {
    let header = Array("{\"__metadata__\":{\"a\":\"".utf8) + [0xC3, 0x28] + Array("\"}}".utf8)
    let path = try folder.write(safeTensorsFile(header: header, dataLength: 0))
    let error = #expect(throws: ModelError.self) { try SafeTensorsFile.tensors(path: path) }
    #expect(error?.kind == .malformed)
    #expect(error?.description.contains("UTF-8") == true)
  }

  @Test func tellsAMissingFileAFolderAndAForbiddenOneApart() throws {
    let missing = #expect(throws: ModelError.self) {
      try SafeTensorsFile.tensors(path: folder.path + "/none.safetensors")
    }
    #expect(missing?.kind == .notFound)
    let directory = #expect(throws: ModelError.self) {
      try SafeTensorsFile.tensors(path: folder.path)
    }
    #expect(directory?.kind == .unsupported)
    let path = try folder.write(safeTensorsFile("{}", dataLength: 0))
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
    // The superuser may read whatever the permissions say.
    if geteuid() != 0 {
      let forbidden = #expect(throws: ModelError.self) { try SafeTensorsFile.tensors(path: path) }
      #expect(forbidden?.kind == .unreadable)
      #expect(forbidden?.description.contains("permission denied") == true)
    }
  }

  @Test func everyTruncationIsRefused() throws {
    let sound = safeTensorsFile([("a", [2, 3]), ("b", [4])])
    for length in sound.indices {
      let path = try folder.write(Array(sound[..<length]))
      let error = #expect(throws: ModelError.self) { try SafeTensorsFile.tensors(path: path) }
      #expect(error?.kind == .malformed, "cut to \(length) bytes")
    }
  }

  @Test func everyMutantIsRefusedOrReadConsistently() throws {
    let sound = safeTensorsFile(
      (0..<4).map { ("model.layers.\($0).self_attn.q_proj.weight", [$0 + 1, 2]) })
    var random = SplitMix(state: 7)
    var refused = 0
    for _ in 0..<3_000 {
      let mutant = mutate(sound, &random)
      let path = try folder.write(mutant)
      do throws(ModelError) {
        let tensors = try SafeTensorsFile.tensors(path: path)
        let stored = tensors.reduce(0) { $0 + $1.bytes }
        #expect(stored <= mutant.count - 8)
        #expect(Set(tensors.map(\.name)).count == tensors.count)
      } catch {
        refused += 1
        #expect(error.kind == .malformed, "\(error)")
      }
    }
    #expect(refused > 1_000)
  }

  /// `bytes` with one to three of them changed, removed, repeated or taken from another place.
  private func mutate(_ bytes: [UInt8], _ random: inout SplitMix) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let place = Int.random(in: bytes.indices, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(bytes[place], at: place)
      default: bytes[place] = bytes[Int.random(in: bytes.indices, using: &random)]
      }
    }
    return bytes
  }
}

/// Steele, Lea and Flood's SplitMix64: the same sequence on every machine.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
