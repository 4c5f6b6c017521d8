/** A refusal in the shape S3 gives it: status, Code, Message and whatever further elements that code carries. */
export class S3Error extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: Readonly<Record<string, string>>;
  /** What the answer says in its headers besides. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    details: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = "S3Error";
    this.status = status;
    this.code = code;
    this.details = details;
    this.headers = headers;
  }
}

export function noSuchKey(key: string, headers: Readonly<Record<string, string>> = {}): S3Error {
  return new S3Error(404, "NoSuchKey", "The specified key does not exist.", { Key: key }, headers);
}

export function noSuchVersion(key: string, versionId: string): S3Error {
  return new S3Error(404, "NoSuchVersion", "The specified version does not exist.", { Key: key, VersionId: versionId });
}

export function noSuchUpload(uploadId: string): S3Error {
  const text =
    "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
  return new S3Error(404, "NoSuchUpload", text, { UploadId: uploadId });
}

export function invalidArgument(message: string, name?: string, value?: string): S3Error {
  const details: Record<string, string> = {};
  if (name !== undefined) details["ArgumentName"] = name;
  if (value !== undefined) details["ArgumentValue"] = value;
  return new S3Error(400, "InvalidArgument", message, details);
}

export function invalidRequest(message: string): S3Error {
  return new S3Error(400, "InvalidRequest", message);
}

export function preconditionFailed(condition: string): S3Error {
  return new S3Error(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", { Condition: condition });
}

export function notImplemented(what: string): S3Error {
  return new S3Error(501, "NotImplemented", `A header or operation you provided implies functionality that is not implemented: ${what}`);
}

export function accessDenied(message = "Access Denied"): S3Error {
  return new S3Error(403, "AccessDenied", message);
}

export function malformedXml(): S3Error {
  return new S3Error(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
}
