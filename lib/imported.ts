/** `import()` as it is written: the compiler would make it a `require`, which older versions of Node refuse for ES modules. */
export const imported = new Function('name', 'return import(name)') as <Module>(name: string) => Promise<Module>;
