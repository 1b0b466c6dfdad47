// A test runner of the size these suites need: tests run one after the other and print TAP, a failure with
// its reason, and the process exits with 1 when one failed.
const tests = [];

export function test(name, body) {
    tests.push({ name, body });
}

export async function run(fixture) {
    console.log(`1..${tests.length}`);
    let failed = 0;
    for (const [index, { name, body }] of tests.entries()) {
        try {
            await body(fixture);
            console.log(`ok ${index + 1} - ${name}`);
        } catch (error) {
            failed++;
            console.log(`not ok ${index + 1} - ${name}`);
            for (const line of String(error.stack ?? error).split('\n'))
                console.log(`# ${line}`);
        }
    }
    process.exitCode = failed === 0 ? 0 : 1;
}
