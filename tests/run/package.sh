# ./kilometric package: the Debian package, or an archive of the sources, below var/package, from the sources as
# they are here. Made twice of the same sources, both are the same to the bit.

package_packages=(debhelper dpkg-dev fakeroot)

command_package() {
  local built=
  [[ $* =~ ^(--built|--source)?$ ]] || die "package takes no arguments but --built or --source"
  if [[ $* == --source ]]; then
    make_source_archive
    return
  fi
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

# Prints <folder of the sources' copy>, which is made anew. Without git everything is a source but what is built.
copy_sources() {
  local version folder
  version=$(sed -n "s/^  version: '\(.*\)',$/\1/p" "$root/meson.build")
  folder=$var/package/kilometric-$version
  own_folder "$var/package"
  rm -rf "${folder:?}"
  mkdir "$folder"
  (
    cd "$root"
    if [[ -e .git ]]; then
      git -c safe.directory="$root" ls-files --cached --others --exclude-standard -z
    else
      find . \( -path './build*' -o -path ./var -o -name node_modules -o -name __pycache__ -o -name .pytest_cache \) -prune -o \
        \( -type f -o -type l \) -print0
    fi | xargs -0 cp -a --parents -t "$folder"
  )
  echo "$folder"
}

# Whoever makes it, and when: the time is that of the newest entry in debian/changelog.
make_source_archive() {
  local folder archive time
  folder=$(copy_sources)
  archive=$folder.tar.gz
  time=$(date -d "$(sed -n 's/^ -- .*>  //p' "$root/debian/changelog" | head -n 1)" +%s)
  LC_ALL=C tar -C "$var/package" -c --format=gnu --sort=name --mtime="@$time" --owner=0 --group=0 --numeric-owner \
    --mode=u+rwX,go=rX "${folder##*/}" | gzip -n -9 >"$archive"
  rm -rf "${folder:?}"
  say "made: ${archive#"$root"/}"
}

make_package() {  # <a build folder to take what is compiled from, or nothing>
  local source
  rm -rf "$var"/package/kilometric*_*
  source=$(copy_sources)
  (
    cd "$source"
    export SOURCE_DATE_EPOCH KILOMETRIC_BUILT=$1
    [[ -n $1 ]] || unset KILOMETRIC_BUILT
    SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -S Timestamp)
    DEB_BUILD_OPTIONS="noautodbgsym nocheck ${DEB_BUILD_OPTIONS:-}" quietly dpkg-buildpackage -j"$(nproc)" -us -uc -b
  ) || die "the package could not be built; its words are above"
}
