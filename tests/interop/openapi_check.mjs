// Whether a file is a valid OpenAPI document: prints its version, or every error as a line and exit code 1.
import { Validator } from "@seriousme/openapi-schema-validator";
import { readFileSync } from "node:fs";

const validator = new Validator({ strict: true });
const { valid, errors } = await validator.validate(JSON.parse(readFileSync(process.argv[2], "utf8")));
if (valid) {
    console.log(validator.version);
} else {
    for (const error of [errors].flat()) console.log(typeof error === "string" ? error : JSON.stringify(error));
    process.exit(1);
}
