#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace glissade {

/// The features that are taken from a text, and the number of columns that they are hashed to.
struct TextShape {
  uint32_t columns;       // at least 1
  uint32_t longest;       // words of the longest sequence, at least 1
  uint32_t subwordsFrom;  // characters of the shortest subword; 0: no subwords
  uint32_t subwordsTo;    // characters of the longest subword
};

/// The words of a text in lower case: runs of letters and numbers with the marks on them. In scripts that are written
/// without spaces, each character is a word.
class Tokenizer {
 public:
  /// A word in lower case, from `begin` to before `end` of bytes().
  struct Word {
    uint32_t begin, end;
  };

  /// Finds the words of a text of UTF-8. They remain until the next text.
  void read(std::span<const uint8_t> text);

  const std::vector<Word>& words() const { return words_; }
  /// All words, with a space between two.
  std::span<const uint8_t> bytes() const { return {bytes_.data(), size_}; }

 private:
  void push(uint32_t code);
  void endWord();

  std::vector<uint8_t> bytes_;  // of which the first size_ are written
  size_t size_ = 0;
  std::vector<Word> words_;
  size_t begin_ = 0;  // of the current word
};

/// The features of texts, hashed to columns: words, their sequences, and subwords, which are the characters of
/// `<word>` from one position on (Bojanowski et al. 2017, arXiv:1607.04606).
///
/// A feature's column is |h| mod columns, for the MurmurHash3 h of its bytes, signed. Words of a sequence have a space
/// between them. The seed is 0, or 1 for subwords, so that a subword and the same word are different features.
class TextFeatures {
 public:
  /// A column with how often its features occur in a text.
  struct Count {
    uint32_t column, count;
  };

  explicit TextFeatures(const TextShape& shape);

  const TextShape& shape() const { return shape_; }

  /// The columns of a text's features, in order of their first occurrence. They remain until the next text.
  std::span<const Count> countIn(std::span<const uint8_t> text);

  /// Finds the words of a text. They remain until the next text.
  const Tokenizer& wordsIn(std::span<const uint8_t> text) {
    tokenizer_.read(text);
    return tokenizer_;
  }

 private:
  void add(std::span<const uint8_t> feature, uint32_t seed);
  uint32_t& placeOf(uint32_t column);
  void makePlaces(size_t features);
  void addSubwords(std::span<const uint8_t> word);

  TextShape shape_;
  uint32_t mask_;  // columns - 1 if they are a power of two; else 0
  Tokenizer tokenizer_;
  std::vector<uint32_t> places_;  // a hash table with open addressing: where the counts of columns are, plus 1
  int shift_ = 0;                 // 32 minus the logarithm of the table's size
  std::vector<Count> counts_;
  std::vector<uint8_t> marked_;       // <word>
  std::vector<uint32_t> boundaries_;  // of the characters of <word>
};

}  // namespace glissade
