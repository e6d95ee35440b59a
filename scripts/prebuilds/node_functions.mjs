import { createRequire } from 'node:module';

const { v9 } = createRequire(import.meta.url)('node-api-headers/symbols.js');

/** The functions of Node-API 9, which is native/sources.json's NAPI_VERSION. */
export const nodeFunctions = [...v9.js_native_api_symbols, ...v9.node_api_symbols];

/** What an addon exports, and nothing else. */
export const exportedFunctions = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];
