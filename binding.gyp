# The shipping build. Sources and flags stand in native/sources.json. gyp's flags belong to a target, so each of the two
# units built per instruction set is a static library of its own.
{
  'target_defaults': {
    'cflags!': ['-fno-exceptions', '-fno-omit-frame-pointer'],
    'cflags_cc!': ['-fno-exceptions', '-fno-rtti', '-std=gnu++17', '-std=gnu++20'],
    'include_dirs': ['native/core', "<!(node -p \"require('node-addon-api').include_dir\")"],
    'defines': ['NAPI_VERSION=9', 'NAPI_CPP_EXCEPTIONS', 'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS'],
    'xcode_settings': {
      'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
      'MACOSX_DEPLOYMENT_TARGET': '12.0',
    },
  },
  'targets': [
    {
      'target_name': 'glissade',
      'sources': ['<!@(node native/flags.cjs sources core)', '<!@(node native/flags.cjs sources binding)'],
      'cflags_cc': ['<!@(node native/flags.cjs flags core)'],
      'conditions': [
        ['target_arch=="x64"', {
          'dependencies': ['exact_baseline', 'fused_baseline', 'exact_avx2', 'fused_avx2', 'exact_avx512', 'fused_avx512'],
        }],
        ['target_arch=="arm64"', {
          'dependencies': ['exact_neon', 'fused_neon'],
        }],
        ['OS=="linux"', {
          'cflags_cc': ['-fopenmp'],
          # The threads of libgomp outlive a Worker: the addon is never unmapped.
          'libraries': ['-lgomp'],
          'ldflags': ['-Wl,-z,nodelete', "-Wl,-rpath,'$$ORIGIN'"],
        }],
      ],
    },
  ],
  'conditions': [
    ['target_arch=="x64"', {
      'targets': [
        { 'target_name': 'exact_baseline', 'type': 'static_library', 'sources': ['native/core/arch/exact.cpp'], 'defines': ['GLISSADE_EXACT=exactBaseline'], 'cflags_cc': ['<!@(node native/flags.cjs flags exact baseline)'] },
        { 'target_name': 'fused_baseline', 'type': 'static_library', 'sources': ['native/core/arch/fused.cpp'], 'defines': ['GLISSADE_FUSED=fusedBaseline'], 'cflags_cc': ['<!@(node native/flags.cjs flags fused baseline)'] },
        { 'target_name': 'exact_avx2', 'type': 'static_library', 'sources': ['native/core/arch/exact.cpp'], 'defines': ['GLISSADE_EXACT=exactAvx2'], 'cflags_cc': ['<!@(node native/flags.cjs flags exact avx2)'] },
        { 'target_name': 'fused_avx2', 'type': 'static_library', 'sources': ['native/core/arch/fused.cpp'], 'defines': ['GLISSADE_FUSED=fusedAvx2'], 'cflags_cc': ['<!@(node native/flags.cjs flags fused avx2)'] },
        { 'target_name': 'exact_avx512', 'type': 'static_library', 'sources': ['native/core/arch/exact.cpp'], 'defines': ['GLISSADE_EXACT=exactAvx512'], 'cflags_cc': ['<!@(node native/flags.cjs flags exact avx512)'] },
        { 'target_name': 'fused_avx512', 'type': 'static_library', 'sources': ['native/core/arch/fused.cpp'], 'defines': ['GLISSADE_FUSED=fusedAvx512'], 'cflags_cc': ['<!@(node native/flags.cjs flags fused avx512)'] },
      ],
    }],
    ['target_arch=="arm64"', {
      'targets': [
        { 'target_name': 'exact_neon', 'type': 'static_library', 'sources': ['native/core/arch/exact.cpp'], 'defines': ['GLISSADE_EXACT=exactNeon'], 'cflags_cc': ['<!@(node native/flags.cjs flags exact neon)'] },
        { 'target_name': 'fused_neon', 'type': 'static_library', 'sources': ['native/core/arch/fused.cpp'], 'defines': ['GLISSADE_FUSED=fusedNeon'], 'cflags_cc': ['<!@(node native/flags.cjs flags fused neon)'] },
      ],
    }],
  ],
}
