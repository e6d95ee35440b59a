#pragma once

/// The members of a struct of doubles that both floors read and write, and their names in order, by which TypeScript
/// finds them (lib/addon/records.ts).
#define GLISSADE_RECORD(...) \
  double __VA_ARGS__;        \
  static constexpr const char* kNames = #__VA_ARGS__
