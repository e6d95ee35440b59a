#pragma once

#include <exception>
#include <string>
#include <utility>

namespace glissade {

/// A failure that is reported to the user: a stable `code` (ERR_SHAPE, ERR_NON_FINITE, …), which must be a string
/// literal, and a message.
class Error : public std::exception {
 public:
  Error(const char* code, std::string message) : code_(code), message_(std::move(message)) {}

  const char* code() const noexcept { return code_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  const char* code_;
  std::string message_;
};

}  // namespace glissade
