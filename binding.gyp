# The build of a checkout, and of prebuilt addons for macOS. Sources and flags are in native/sources.json. In gyp, flags
# belong to a target, so each kind of unit is a static library per instruction set, such as exact_avx2.
{
  'target_defaults': {
    'cflags!': ['-fno-exceptions', '-fno-omit-frame-pointer'],
    'cflags_cc!': ['-fno-exceptions', '-fno-rtti', '-std=gnu++17', '-std=gnu++20'],
    'cflags_cc': ['>!@(node native/flags.cjs flags >(_target_name))'],
    'sources': ['>!@(node native/flags.cjs sources >(_target_name))'],
    'defines': ['>!@(node native/flags.cjs defines >(_target_name))'],
    'include_dirs': ['native/core', "<!(node -p \"require('node-addon-api').include_dir\")"],
    'xcode_settings': {
      'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
      'MACOSX_DEPLOYMENT_TARGET': '12.0',
      'OTHER_CPLUSPLUSFLAGS': ['>!@(node native/flags.cjs flags >(_target_name))'],
    },
  },
  'conditions': [
    ['target_arch=="x64"', {
      'variables': { 'units': ['exact_baseline', 'fused_baseline', 'exact_avx2', 'fused_avx2', 'exact_avx512', 'fused_avx512', 'bfloat16_avx512bf16', 'bfloat16_amx'] },
      'targets': [
        { 'target_name': 'exact_baseline', 'type': 'static_library' },
        { 'target_name': 'fused_baseline', 'type': 'static_library' },
        { 'target_name': 'exact_avx2', 'type': 'static_library' },
        { 'target_name': 'fused_avx2', 'type': 'static_library' },
        { 'target_name': 'exact_avx512', 'type': 'static_library' },
        { 'target_name': 'fused_avx512', 'type': 'static_library' },
        { 'target_name': 'bfloat16_avx512bf16', 'type': 'static_library' },
        { 'target_name': 'bfloat16_amx', 'type': 'static_library' },
      ],
    }],
    ['target_arch=="arm64"', {
      'variables': { 'units': ['exact_neon', 'fused_neon'] },
      'targets': [
        { 'target_name': 'exact_neon', 'type': 'static_library' },
        { 'target_name': 'fused_neon', 'type': 'static_library' },
      ],
    }],
  ],
  'targets': [
    {
      'target_name': 'glissade',
      'dependencies': ['<@(units)'],
      'conditions': [
        ['OS=="linux"', {
          # nodelete: the engine's threads outlive a Worker, so the addon must never be unmapped. now: a thread that
          # binds a symbol while the process ends would race with the dynamic linker's shutdown.
          'ldflags': ['-Wl,-z,nodelete,-z,now'],
        }],
      ],
    },
  ],
}
