#pragma once

#include <napi.h>

#include <cstdint>
#include <span>
#include <vector>

#include "data/words/tokenizer.h"
#include "handle.h"

namespace glissade {

/// The features of texts. It is used on the JavaScript thread only.
class TextFeaturesBinding : public Handle<TextFeaturesBinding> {
 public:
  static constexpr const char* kName = "TextFeatures";

  static Napi::Function define(Napi::Env env);
  explicit TextFeaturesBinding(const Napi::CallbackInfo& info);

 private:
  void Count(const Napi::CallbackInfo& info);
  Napi::Value CountWords(const Napi::CallbackInfo& info);
  Napi::Value Encode(const Napi::CallbackInfo& info);
  void Append(const Napi::CallbackInfo& info);

  struct Rows {
    std::vector<double> offsets, values;
    std::vector<uint32_t> columns;
  };
  const Rows& rowsOf(const Napi::CallbackInfo& info, size_t i, std::span<const double> weights);

  TextFeatures features_;
  Rows rows_;  // of the latest call, whose memory the next one uses
};

}  // namespace glissade
