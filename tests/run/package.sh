# ./kilometric package: the Debian package, below var/package, from the sources as they are here.

package_packages=(debhelper dpkg-dev fakeroot)

command_package() {
  local built=
  [[ $* =~ ^(--built)?$ ]] || die "package takes no arguments but --built"
  if [[ $* == --built ]]; then
    install_packages "${build_packages[@]}" "${package_packages[@]}"
  else
    install_packages "${build_packages[@]}" "${package_packages[@]}" lintian
  fi
  leave_root package "$@"
  if [[ ${1:-} == --built ]]; then
    build_in build false "${programs[@]}" manual
    built=$root/build
  fi
  make_package "$built"
  say "made: $(cd "$root" && ls var/package/*.deb)"
  [[ -z $built ]] || return 0  # which has not Debian's flags
  lintian --fail-on error,warning "$var"/package/kilometric_*.changes
}

make_package() {  # <a build folder to take what is compiled from, or nothing>
  local version source
  version=$(sed -n "s/^  version: '\(.*\)',$/\1/p" "$root/meson.build")
  source=$var/package/kilometric-$version
  own_folder "$var/package"
  rm -rf "${source:?}" "$var"/package/kilometric*_*
  mkdir "$source"
  (cd "$root" && git -c safe.directory="$root" ls-files --cached --others --exclude-standard -z | xargs -0 cp -a --parents -t "$source")
  (
    cd "$source"
    export SOURCE_DATE_EPOCH KILOMETRIC_BUILT=$1
    [[ -n $1 ]] || unset KILOMETRIC_BUILT
    SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -S Timestamp)
    DEB_BUILD_OPTIONS="noautodbgsym nocheck ${DEB_BUILD_OPTIONS:-}" quietly dpkg-buildpackage -j"$(nproc)" -us -uc -b
  ) || die "the package could not be built; its words are above"
}
