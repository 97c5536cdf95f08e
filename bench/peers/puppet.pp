# Each unit is a file; what has [Install] is a service as well, which a change of its file restarts.
$units = '/var/lib/puppet-checkout/units'
$names = split(generate('/bin/ls', $units), "\n")

exec { 'systemctl daemon-reload':
  path        => '/usr/bin:/bin',
  refreshonly => true,
}

$names.each |$name| {
  $text = file("${units}/${name}")
  file { "/etc/systemd/system/${name}":
    content => $text,
    mode    => '0644',
    notify  => Exec['systemctl daemon-reload'],
  }
  if $text =~ /\[Install\]/ {
    service { $name:
      ensure    => running,
      enable    => true,
      provider  => systemd,
      require   => Exec['systemctl daemon-reload'],
      subscribe => File["/etc/systemd/system/${name}"],
    }
  }
}
