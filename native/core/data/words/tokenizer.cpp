#include "data/words/tokenizer.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "data/words/murmur.h"
#include "data/words/unicode.h"

namespace glissade {
namespace {

using unicode::decode;
using unicode::Decoded;

/// The lower case of each ASCII letter or digit; 0 for other characters and for bytes of longer ones.
constexpr std::array<uint8_t, 256> kAscii = [] {
  std::array<uint8_t, 256> table = {};
  for (int c = '0'; c <= '9'; ++c) table[c] = static_cast<uint8_t>(c);
  for (int c = 'a'; c <= 'z'; ++c) table[c] = table[c - 32] = static_cast<uint8_t>(c);
  return table;
}();

constexpr uint32_t kSigma = 0x3a3, kFinalSigma = 0x3c2;
constexpr uint32_t kDottedI = 0x130, kDotAbove = 0x307;  // the lower case of İ is i with a dot above

/// Whether a Σ from `begin` to before `end` ends a word (Final_Sigma of Unicode's chapter 3): a cased character is
/// before it and none behind it, where characters that the rule ignores are skipped.
bool isFinalSigma(std::span<const uint8_t> text, size_t begin, size_t end) {
  const auto isSkipped = [](uint32_t code) { return (unicode::propertiesOf(code) & unicode::kIsCaseIgnorable) != 0; };
  const auto isCased = [](uint32_t code) { return (unicode::propertiesOf(code) & unicode::kIsCased) != 0; };
  while (end < text.size()) {
    const auto [code, length] = decode(text, end);
    if (!isSkipped(code)) {
      if (isCased(code)) return false;
      break;
    }
    end += length;
  }
  while (begin > 0) {
    const auto [code, length] = unicode::decodeBefore(text, begin);
    if (!isSkipped(code)) return isCased(code);
    begin -= length;
  }
  return false;
}

}  // namespace

void Tokenizer::push(uint32_t code) {
  std::array<uint8_t, 4> encoded = {};
  const size_t length = unicode::encode(code, encoded.data());
  std::copy_n(encoded.begin(), length, &bytes_[size_]);
  size_ += length;
}

void Tokenizer::endWord() {
  if (size_ == begin_) return;
  words_.push_back({static_cast<uint32_t>(begin_), static_cast<uint32_t>(size_)});
  bytes_[size_++] = ' ';
  begin_ = size_;
}

void Tokenizer::read(std::span<const uint8_t> text) {
  // A character in lower case has at most 3 bytes for 2 of the character (Ⱥ), and a space follows each word.
  if (const size_t most = 2 * text.size() + 4; bytes_.size() < most) bytes_.resize(most);
  words_.clear();
  begin_ = size_ = 0;
  bool isWhole = false;  // whether only marks can follow in the current word
  const auto copy = [&](size_t at, size_t length) {
    std::copy_n(&text[at], length, &bytes_[size_]);
    size_ += length;
  };
  for (size_t at = 0; at < text.size();) {
    if (text[at] < 0x80) {
      if (std::exchange(isWhole, false)) endWord();
      size_t size = size_;
      for (uint8_t lower = kAscii[text[at]]; lower != 0; lower = kAscii[text[at]]) {
        bytes_[size++] = lower;
        if (++at == text.size()) break;
      }
      size_ = size;
      if (at < text.size() && text[at] < 0x80) {
        endWord();
        ++at;
      }
      continue;
    }
    const auto [code, length] = decode(text, at);
    const uint8_t properties = unicode::propertiesOf(code);
    if ((properties & unicode::kIsMark) != 0) {
      if (size_ > begin_) copy(at, length);
    } else {
      const bool isUnspaced = (properties & unicode::kIsUnspaced) != 0, isWord = (properties & unicode::kIsWord) != 0;
      if (std::exchange(isWhole, isUnspaced) || isUnspaced || !isWord) endWord();
      if (code == kDottedI) {
        push('i');
        push(kDotAbove);
      } else if (isWord && (properties & unicode::kHasLowerCase) != 0) {
        push(code == kSigma && isFinalSigma(text, at, at + length) ? kFinalSigma : unicode::lowerCaseOf(code));
      } else if (isWord) {
        copy(at, length);
      }
    }
    at += length;
  }
  endWord();
}

TextFeatures::TextFeatures(const TextShape& shape)
    : shape_(shape), mask_(std::has_single_bit(shape.columns) ? shape.columns - 1 : 0) {}

std::span<const TextFeatures::Count> TextFeatures::countIn(std::span<const uint8_t> text) {
  counts_.clear();
  tokenizer_.read(text);
  const auto& words = tokenizer_.words();
  const auto bytes = tokenizer_.bytes();
  makePlaces(words.size() * shape_.longest);
  for (size_t first = 0; first < words.size(); ++first) {
    const uint32_t begin = words[first].begin;
    const size_t beyond = std::min(first + shape_.longest, words.size());
    for (size_t last = first; last < beyond; ++last) add(bytes.subspan(begin, words[last].end - begin), 0);
    if (shape_.subwordsFrom > 0) addSubwords(bytes.subspan(begin, words[first].end - begin));
  }
  return counts_;
}

void TextFeatures::add(std::span<const uint8_t> feature, uint32_t seed) {
  const auto hash = static_cast<int32_t>(murmur(feature, seed));
  const uint32_t size = hash < 0 ? 0u - static_cast<uint32_t>(hash) : static_cast<uint32_t>(hash);
  const uint32_t column = mask_ != 0 ? size & mask_ : size % shape_.columns;
  const uint32_t place = placeOf(column);
  if (place != 0) {
    ++counts_[place - 1].count;
    return;
  }
  counts_.push_back({column, 1});
  if (2 * counts_.size() > places_.size())
    makePlaces(2 * counts_.size());
  else
    placeOf(column) = static_cast<uint32_t>(counts_.size());
}

/// The slot of a column in the table. It holds 1 more than the column's index in `counts_`, or 0 if the text has not
/// had the column yet.
uint32_t& TextFeatures::placeOf(uint32_t column) {
  size_t slot = (column * 0x9e3779b1u) >> shift_;  // Knuth's multiplicative hashing: the golden ratio
  while (places_[slot] != 0 && counts_[places_[slot] - 1].column != column) slot = (slot + 1) & (places_.size() - 1);
  return places_[slot];
}

/// Makes a table that is at most half full with this many features, and enters those counted so far.
void TextFeatures::makePlaces(size_t features) {
  const size_t size = std::bit_ceil(std::max<size_t>(2 * features, 16));
  places_.assign(size, 0);
  shift_ = 32 - std::countr_zero(size);
  for (size_t i = 0; i < counts_.size(); ++i) placeOf(counts_[i].column) = static_cast<uint32_t>(i + 1);
}

void TextFeatures::addSubwords(std::span<const uint8_t> word) {
  marked_.assign(1, '<');
  marked_.insert(marked_.end(), word.begin(), word.end());
  marked_.push_back('>');
  boundaries_.clear();
  for (size_t at = 0; at < marked_.size(); at += decode(marked_, at).length)
    boundaries_.push_back(static_cast<uint32_t>(at));
  boundaries_.push_back(static_cast<uint32_t>(marked_.size()));
  const size_t characters = boundaries_.size() - 1;
  for (size_t first = 0; first < characters; ++first) {
    const size_t longest = std::min<size_t>(shape_.subwordsTo, characters - first);
    for (size_t length = shape_.subwordsFrom; length <= longest; ++length) {
      if (length == characters) continue;  // <word> is a feature already
      const uint32_t begin = boundaries_[first];
      add(std::span(marked_).subspan(begin, boundaries_[first + length] - begin), 1);
    }
  }
}

}  // namespace glissade
