#pragma once

/// Declares the members of a struct of doubles that C++ and TypeScript share. `kNames` lists their names in order:
/// TypeScript indexes the numbers by name (lib/addon/records.ts).
#define GLISSADE_RECORD(...) \
  double __VA_ARGS__;        \
  static constexpr const char* kNames = #__VA_ARGS__
