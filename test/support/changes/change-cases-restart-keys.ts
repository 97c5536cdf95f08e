/**
 * The keys of systemd 257 that are left to a restart, each looked at. Data only: a key that is missing here and in the
 * table of src/core/units/change-class.ts, or misspelt in one of them, fails the test that compares both with systemd's own list.
 */

function list(sections: string, keys: string): readonly string[] {
  const names = keys.trim().split(/\s+/);
  return sections.split(" ").flatMap((section) => names.map((key) => `${section}.${key}`));
}

export const restartKeys: readonly string[] = [
  // systemd.unit(5): relations that stop or start units as soon as they are loaded, or at boot.
  ...list(
    "Unit",
    `
      BindTo BindsTo Conflicts DefaultDependencies JoinsNamespaceOf PartOf Requisite RequisiteOverridable
      StopWhenUnneeded
    `,
  ),
  // systemd.exec(5): given to processes when they start.
  ...list(
    "Service Socket Mount Swap",
    `
      AmbientCapabilities AppArmorProfile BindLogSockets BindPaths BindReadOnlyPaths CPUAffinity
      CPUSchedulingPolicy CPUSchedulingPriority CPUSchedulingResetOnFork CacheDirectory CacheDirectoryMode
      CapabilityBoundingSet ConfigurationDirectory ConfigurationDirectoryMode CoredumpFilter DynamicUser
      Environment EnvironmentFile ExecPaths ExecSearchPath ExtensionDirectories ExtensionImagePolicy
      ExtensionImages Group IOSchedulingClass IOSchedulingPriority IPCNamespacePath IgnoreSIGPIPE
      ImportCredential InaccessibleDirectories InaccessiblePaths KeyringMode LimitAS LimitCORE LimitCPU
      LimitDATA LimitFSIZE LimitLOCKS LimitMEMLOCK LimitMSGQUEUE LimitNICE LimitNOFILE LimitNPROC LimitRSS
      LimitRTPRIO LimitRTTIME LimitSIGPENDING LimitSTACK LoadCredential LoadCredentialEncrypted LockPersonality
      LogExtraFields LogFilterPatterns LogLevelMax LogNamespace LogRateLimitBurst LogRateLimitIntervalSec
      LogsDirectory LogsDirectoryMode MemoryDenyWriteExecute MemoryKSM MountAPIVFS MountFlags MountImagePolicy
      MountImages NUMAMask NUMAPolicy NetworkNamespacePath Nice NoExecPaths NoNewPrivileges OOMScoreAdjust
      PAMName PassEnvironment Personality PrivateDevices PrivateIPC PrivateMounts PrivateNetwork PrivatePIDs
      PrivateTmp PrivateUsers ProcSubset ProtectClock ProtectControlGroups ProtectHome ProtectHostname
      ProtectKernelLogs ProtectKernelModules ProtectKernelTunables ProtectProc ProtectSystem ReadOnlyDirectories
      ReadOnlyPaths ReadWriteDirectories ReadWritePaths RemoveIPC RestrictAddressFamilies RestrictFileSystems
      RestrictNamespaces RestrictRealtime RestrictSUIDSGID RootDirectory RootEphemeral RootHash
      RootHashSignature RootImage RootImageOptions RootImagePolicy RootVerity RuntimeDirectory
      RuntimeDirectoryMode SELinuxContext SecureBits SetCredential SetCredentialEncrypted SetLoginEnvironment
      SmackProcessLabel StandardError StandardInput StandardInputData StandardInputText StandardOutput
      StateDirectory StateDirectoryMode SupplementaryGroups SyslogFacility SyslogIdentifier SyslogLevel
      SyslogLevelPrefix SystemCallArchitectures SystemCallErrorNumber SystemCallFilter SystemCallLog TTYColumns
      TTYPath TTYReset TTYRows TTYVHangup TTYVTDisallocate TemporaryFileSystem TimerSlackNSec UMask
      UnsetEnvironment User UtmpIdentifier UtmpMode WorkingDirectory
    `,
  ),
  // systemd.resource-control(5): for the reasons in change-class.ts.
  ...list(
    "Service Socket Mount Swap Scope Slice",
    `
      BPFProgram BlockIODeviceWeight BlockIOReadBandwidth BlockIOWriteBandwidth CoredumpReceive Delegate
      DelegateSubgroup DeviceAllow DevicePolicy DisableControllers IODeviceLatencyTargetSec IODeviceWeight
      IOReadBandwidthMax IOReadIOPSMax IOWriteBandwidthMax IOWriteIOPSMax IPAddressAllow IPAddressDeny
      IPEgressFilterPath IPIngressFilterPath
      MemoryPressureThresholdSec MemoryPressureWatch NFTSet RestrictNetworkInterfaces Slice
    `,
  ),
  // systemd.service(5): what runs, and how its start and end are told.
  ...list(
    "Service",
    `
      BusName ExecCondition ExecStart ExecStartPost ExecStartPre ExitType FileDescriptorStoreMax
      FileDescriptorStorePreserve GuessMainPID NonBlocking NotifyAccess OOMPolicy OpenFile PIDFile
      PermissionsStartOnly RemainAfterExit RootDirectoryStartOnly RuntimeMaxSec RuntimeRandomizedExtraSec
      Sockets Type USBFunctionDescriptors USBFunctionStrings WatchdogSec
    `,
  ),
  // systemd.scope(5)
  ...list(
    "Scope",
    `
      OOMPolicy RuntimeMaxSec RuntimeRandomizedExtraSec
    `,
  ),
  // systemd.socket(5): made when the socket is bound.
  ...list(
    "Socket",
    `
      Accept Backlog BindIPv6Only BindToDevice Broadcast DeferAcceptSec DirectoryMode ExecStartPost ExecStartPre
      FileDescriptorName FlushPending FreeBind IPTOS IPTTL KeepAlive KeepAliveIntervalSec KeepAliveProbes
      KeepAliveTimeSec ListenDatagram ListenFIFO ListenMessageQueue ListenNetlink ListenSequentialPacket
      ListenSpecial ListenStream ListenUSBFunction Mark MessageQueueMaxMessages MessageQueueMessageSize NoDelay
      PassCredentials PassFileDescriptorsToExec PassPacketInfo PassSecurity PipeSize Priority ReceiveBuffer
      ReusePort SELinuxContextFromNet SendBuffer Service SmackLabel SmackLabelIPIn SmackLabelIPOut SocketGroup
      SocketMode SocketProtocol SocketUser Symlinks TCPCongestion Timestamping Transparent Writable
    `,
  ),
  // systemd.mount(5)
  ...list(
    "Mount",
    `
      DirectoryMode ReadWriteOnly SloppyOptions Type What Where
    `,
  ),
  // systemd.automount(5)
  ...list(
    "Automount",
    `
      DirectoryMode ExtraOptions TimeoutIdleSec Where
    `,
  ),
  // systemd.swap(5)
  ...list(
    "Swap",
    `
      Options Priority What
    `,
  ),
  // systemd.path(5)
  ...list(
    "Path",
    `
      DirectoryMode DirectoryNotEmpty MakeDirectory PathChanged PathExists PathExistsGlob PathModified
      TriggerLimitBurst TriggerLimitIntervalSec Unit
    `,
  ),
];
