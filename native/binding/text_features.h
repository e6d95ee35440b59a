#pragma once

#include <napi.h>

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

  TextFeatures features_;
};

}  // namespace glissade
