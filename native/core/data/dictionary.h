#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <unordered_map>
#include <vector>

#include "data/growing.h"

namespace glissade {

/// Words one after another: word i has the bytes from offsets[i] to offsets[i + 1].
struct WordList {
  std::span<const std::byte> bytes;
  std::span<const uint32_t> offsets;

  size_t size() const { return offsets.size() - 1; }
  /// @throws Error ERR_SHAPE if its offsets do not ascend within the bytes.
  std::span<const std::byte> word(size_t i) const;
};

/// A column of words as DuckDB stores it: 16 bytes for each row. The first four bytes are the length, and the others
/// contain the word if it has at most 12 bytes. Records of longer words contain an address, which is never read.
struct WordRecords {
  static constexpr size_t kBytes = 16, kLongest = 12;

  std::span<const std::byte> records;
  std::span<const uint64_t> present;  // bit i: row i has a word; empty: all rows have one
  std::span<const double> hashes;     // of the long words, if known: equal words are recognised without their bytes

  size_t rows() const { return records.size() / kBytes; }
  bool has(size_t row) const { return present.empty() || (present[row / 64] >> row % 64 & 1) != 0; }
  /// The length of a row's word, then its first four bytes.
  uint64_t head(size_t row) const {
    uint64_t eight;
    std::memcpy(&eight, &records[row * kBytes], sizeof eight);
    return eight;
  }
  bool isLong(size_t row) const { return has(row) && static_cast<uint32_t>(head(row)) > kLongest; }
};

/// Distinct words with the codes 0, 1, … in order of their first occurrence. Words are any bytes.
///
/// A hash table of codes, with linear probing and at most half full. Words of up to 12 bytes are kept, hashed and
/// compared as records of 16 bytes; only longer ones lie in the arena.
class Dictionary {
 public:
  static constexpr uint32_t kMissing = 0xffffffff;  // code of a row without a word
  static constexpr size_t kMostWords = kMissing;

  explicit Dictionary(size_t mostWords = kMostWords);

  /// The code of a word, which is added if it is new.
  /// @throws Error ERR_OUT_OF_RANGE if it has 2^32 bytes or more, or there would be more words than allowed.
  uint32_t add(std::span<const std::byte> word);

  /// Writes the code of each word.
  /// @throws Error as WordList::word and add do. Words before that have been added.
  void encode(const WordList& words, uint32_t* codes);

  /// Finds the rows whose long words must be passed to encode(), and returns their number: all long words, or, with
  /// hashes, the first of each hash, length and first four bytes that was not found before.
  size_t findLong(const WordRecords& rows, uint32_t* found);

  /// Writes the code of each row. `longWords` are those of the rows that findLong() found, in order.
  /// @throws Error ERR_SHAPE if there are not as many; as encode does.
  void encode(const WordRecords& rows, const WordList& longWords, uint32_t* codes);

  size_t size() const { return keys_.size(); }
  std::span<const std::byte> word(uint32_t code) const;
  /// Bytes of memory in use.
  size_t bytes() const;

 private:
  /// A word of up to 12 bytes: its length, then its bytes and zeros. A longer one: its length and first four bytes,
  /// then where it begins in the arena.
  struct Key {
    uint64_t first, second;

    uint32_t length() const { return static_cast<uint32_t>(first); }
    bool operator==(const Key&) const = default;
  };
  struct Slot {
    uint32_t tag, code;  // bits of the hash; kMissing: empty
  };

  /// What identifies a long word without its bytes.
  struct Sign {
    uint64_t hash, head;

    bool operator==(const Sign&) const = default;
  };
  struct HashOfSign {
    size_t operator()(const Sign& sign) const;
  };

  static Sign signOf(const WordRecords& rows, size_t row);
  static Key shortKey(const std::byte* bytes, uint32_t length);
  static Key maskedKey(const std::byte* record, uint32_t length);
  static uint64_t hashOf(const Key& key);
  static uint64_t hashOf(std::span<const std::byte> word);
  static uint32_t tagOf(uint64_t hash) { return static_cast<uint32_t>(hash); }
  size_t slotOf(uint64_t hash) const { return static_cast<size_t>(hash >> shift_); }

  uint32_t codeOf(const Key& key, uint64_t hash);
  uint32_t codeOfLong(std::span<const std::byte> word);
  template <typename IsSame>
  size_t find(uint64_t hash, IsSame isSame) const;
  void reserve();
  void widen();
  uint32_t insert(const Key& key, uint64_t hash);

  size_t mostWords_;
  Growing<Key> keys_;  // by code
  Growing<std::byte> arena_;
  std::vector<Slot> slots_;                               // a power of two of them
  int shift_;                                             // the slot of a hash is its upper bits
  std::unordered_map<Sign, uint32_t, HashOfSign> signs_;  // codes of long words; kMissing until encode() has the word
};

}  // namespace glissade
