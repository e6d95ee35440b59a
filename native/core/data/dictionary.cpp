#include "data/dictionary.h"

#include <algorithm>
#include <bit>
#include <string>

#include "error.h"

namespace glissade {
namespace {

constexpr uint32_t kEmpty = Dictionary::kMissing;
constexpr size_t kFirstSlots = 256;
constexpr size_t kBlock = 64;  // rows whose slots are fetched before they are compared: hides misses of the cache

// Digits of π. The odd lower half of the first never equals a length of 0 to 12, so no factor of a product is zero.
constexpr uint64_t kFirst = 0x243f6a8885a308d3, kSecond = 0x13198a2e03707345, kThird = 0xa4093822299f31d1;

/// Both halves of a product of 128 bits, in one number.
uint64_t fold(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t eightAt(const std::byte* bytes) {
  uint64_t eight;
  std::memcpy(&eight, bytes, sizeof eight);
  return eight;
}

}  // namespace

std::span<const std::byte> WordList::word(size_t i) const {
  const uint32_t begin = offsets[i], end = offsets[i + 1];
  if (begin > end || end > bytes.size())
    throw Error("ERR_SHAPE", "the offsets of word " + std::to_string(i) + " do not ascend within the " +
                                 std::to_string(bytes.size()) + " bytes");
  return bytes.subspan(begin, end - begin);
}

Dictionary::Dictionary(size_t mostWords)
    : mostWords_(mostWords), slots_(kFirstSlots, Slot{0, kEmpty}), shift_(64 - std::countr_zero(kFirstSlots)) {}

Dictionary::Key Dictionary::shortKey(const std::byte* bytes, uint32_t length) {
  std::array<std::byte, 16> record{};
  std::memcpy(record.data(), &length, sizeof length);
  std::copy_n(bytes, length, record.data() + 4);  // no memcpy: `bytes` of an empty word may be null
  return {eightAt(record.data()), eightAt(record.data() + 8)};
}

/// The key of a record whose bytes beyond the word may be anything.
Dictionary::Key Dictionary::maskedKey(const std::byte* record, uint32_t length) {
  const auto lowBytes = [](uint32_t count) { return count >= 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * count) - 1; };
  return {(eightAt(record) & lowBytes(4 + length) & ~lowBytes(4)) | length,
          eightAt(record + 8) & lowBytes(length > 4 ? length - 4 : 0)};
}

uint64_t Dictionary::hashOf(const Key& key) {
  return fold(fold(key.first ^ kFirst, key.second ^ kSecond) ^ key.first, kThird);
}

uint64_t Dictionary::hashOf(std::span<const std::byte> word) {
  uint64_t hash = word.size();
  for (size_t at = 0; at + 8 < word.size(); at += 8) hash = fold(hash ^ eightAt(&word[at]) ^ kFirst, kSecond);
  return fold(hash ^ eightAt(&word[word.size() - 8]), kThird);  // overlaps the one before
}

size_t Dictionary::HashOfSign::operator()(const Sign& sign) const {
  return fold(sign.hash ^ kFirst, sign.head ^ kSecond);
}

Dictionary::Sign Dictionary::signOf(const WordRecords& rows, size_t row) {
  return {std::bit_cast<uint64_t>(rows.hashes[row]), rows.head(row)};
}

/// Where a word is in the table, or the empty slot where it belongs.
template <typename IsSame>
size_t Dictionary::find(uint64_t hash, IsSame isSame) const {
  const size_t last = slots_.size() - 1;
  size_t at = slotOf(hash);
  while (slots_[at].code != kEmpty && !(slots_[at].tag == tagOf(hash) && isSame(keys_.data()[slots_[at].code])))
    at = (at + 1) & last;
  return at;
}

/// Makes room for one more word.
void Dictionary::reserve() {
  if (size() >= mostWords_)
    throw Error("ERR_OUT_OF_RANGE", "there are more than " + std::to_string(mostWords_) + " different words");
  if (2 * (size() + 1) > slots_.size()) widen();
}

/// Adds a word that the table lacks.
uint32_t Dictionary::insert(const Key& key, uint64_t hash) {
  const auto code = static_cast<uint32_t>(size());
  keys_.push(key);
  slots_[find(hash, [](const Key&) { return false; })] = {tagOf(hash), code};
  return code;
}

void Dictionary::widen() {
  std::vector<Slot> wider(2 * slots_.size(), Slot{0, kEmpty});
  const size_t last = wider.size() - 1;
  --shift_;
  for (uint32_t code = 0; code < keys_.size(); ++code) {
    const Key& key = keys_.data()[code];
    const uint64_t hash = key.length() <= WordRecords::kLongest ? hashOf(key) : hashOf(word(code));
    size_t at = slotOf(hash);
    while (wider[at].code != kEmpty) at = (at + 1) & last;
    wider[at] = {tagOf(hash), code};
  }
  slots_ = std::move(wider);
}

uint32_t Dictionary::codeOf(const Key& key, uint64_t hash) {
  const Slot slot = slots_[find(hash, [&](const Key& other) { return other == key; })];
  if (slot.code != kEmpty) return slot.code;
  reserve();
  return insert(key, hash);
}

uint32_t Dictionary::codeOfLong(std::span<const std::byte> word) {
  if (word.size() > UINT32_MAX) throw Error("ERR_OUT_OF_RANGE", "a word has more than 2^32 - 1 bytes");
  const uint64_t hash = hashOf(word);
  const uint64_t first = (shortKey(word.data(), 4).first & ~uint64_t{UINT32_MAX}) | word.size();
  const Slot slot = slots_[find(hash, [&](const Key& other) {
    return other.first == first && std::memcmp(arena_.data() + other.second, word.data(), word.size()) == 0;
  })];
  if (slot.code != kEmpty) return slot.code;
  reserve();
  const size_t at = arena_.size();
  arena_.resize(at + word.size());
  std::memcpy(arena_.data() + at, word.data(), word.size());
  return insert({first, at}, hash);
}

uint32_t Dictionary::add(std::span<const std::byte> word) {
  if (word.size() > WordRecords::kLongest) return codeOfLong(word);
  const Key key = shortKey(word.data(), static_cast<uint32_t>(word.size()));
  return codeOf(key, hashOf(key));
}

void Dictionary::encode(const WordList& words, uint32_t* codes) {
  for (size_t i = 0; i < words.size(); ++i) codes[i] = add(words.word(i));
}

size_t Dictionary::findLong(const WordRecords& rows, uint32_t* found) {
  size_t count = 0;
  for (size_t row = 0; row < rows.rows(); ++row)
    if (rows.isLong(row) && (rows.hashes.empty() || signs_.try_emplace(signOf(rows, row), kMissing).second))
      found[count++] = static_cast<uint32_t>(row);
  return count;
}

void Dictionary::encode(const WordRecords& rows, const WordList& longWords, uint32_t* codes) {
  std::array<Key, kBlock> keys;
  std::array<uint64_t, kBlock> hashes;
  size_t nextLong = 0;
  const auto fail = [&] {
    throw Error("ERR_SHAPE", std::to_string(longWords.size()) + " long words were given, but the rows have " +
                                 (nextLong < longWords.size() ? "fewer" : "more"));
  };
  const auto addNextLong = [&] {
    if (nextLong == longWords.size()) fail();
    return add(longWords.word(nextLong++));
  };
  for (size_t begin = 0; begin < rows.rows(); begin += kBlock) {
    const size_t count = std::min(kBlock, rows.rows() - begin);
    for (size_t i = 0; i < count; ++i) {
      const std::byte* const record = &rows.records[(begin + i) * WordRecords::kBytes];
      const auto length = static_cast<uint32_t>(eightAt(record));
      keys[i] = length <= WordRecords::kLongest ? maskedKey(record, length) : Key{length, 0};
      hashes[i] = hashOf(keys[i]);
      __builtin_prefetch(&slots_[slotOf(hashes[i])]);
    }
    for (size_t i = 0; i < count; ++i) {
      uint32_t& code = codes[begin + i];
      if (!rows.has(begin + i)) {
        code = kMissing;
      } else if (keys[i].length() <= WordRecords::kLongest) {
        code = codeOf(keys[i], hashes[i]);
      } else if (rows.hashes.empty()) {
        code = addNextLong();
      } else {
        uint32_t& known = signs_.try_emplace(signOf(rows, begin + i), kMissing).first->second;
        if (known == kMissing) known = addNextLong();
        code = known;
      }
    }
  }
  if (nextLong < longWords.size()) fail();
}

std::span<const std::byte> Dictionary::word(uint32_t code) const {
  const Key& key = keys_.data()[code];
  if (key.length() > WordRecords::kLongest) return {arena_.data() + key.second, key.length()};
  return {reinterpret_cast<const std::byte*>(&key) + 4, key.length()};
}

size_t Dictionary::bytes() const {
  constexpr size_t kSign = sizeof(std::pair<Sign, uint32_t>) + 3 * sizeof(void*);  // with its node and bucket
  return keys_.capacity() * sizeof(Key) + arena_.capacity() + slots_.size() * sizeof(Slot) + signs_.size() * kSign;
}

}  // namespace glissade
