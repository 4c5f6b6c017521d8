/** How to reach a repository, as flags say it; environment and configuration fill in what is absent. */
export interface Access {
  readonly repo: string | undefined;
  readonly repositoryFile: string | undefined;
  readonly passwordFile: string | undefined;
  readonly passwordCommand: string | undefined;
  readonly insecureNoPassword: boolean;
  readonly keyHint: string | undefined;
  readonly configFile: string | undefined;
  readonly useCache: boolean;
  readonly cacheDir: string | undefined;
  readonly cleanupCache: boolean;
  readonly useLock: boolean;
  readonly retryLockMs: number;
  readonly limitUploadKib: number | undefined;
  readonly limitDownloadKib: number | undefined;
  readonly compression: string | undefined;
  readonly packSizeMib: number | undefined;
  readonly extraVerify: boolean;
  readonly backendOptions: Readonly<Record<string, string>>;
  readonly caCert: string | undefined;
  readonly tlsClientCert: string | undefined;
  readonly insecureTls: boolean;
  readonly stuckRequestMs?: number | undefined;
  readonly userAgent?: string | undefined;
}

/** What firn.yaml may say about reaching the repository. */
export interface ConfiguredAccess {
  readonly repository: string | undefined;
  readonly passwordFile: string | undefined;
  readonly passwordCommand: string | undefined;
  /** As `-o key=value`; flags outrank them. */
  readonly storageOptions?: Readonly<Record<string, string>>;
}

export const NOTHING_CONFIGURED: ConfiguredAccess = { repository: undefined, passwordFile: undefined, passwordCommand: undefined };
