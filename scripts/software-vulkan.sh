#!/usr/bin/env bash
# Brings a Vulkan driver that computes on the CPU (Mesa's lavapipe), so that the WebGPU device can be tried on a
# machine without a GPU. Debian 12 and its derivatives on x86-64; its own Mesa is too old, so the packages
# come from bookworm-backports. Nothing is installed: they are unpacked into DIR, and DIR/env names them.
#   bash scripts/software-vulkan.sh DIR && . DIR/env
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: software-vulkan.sh DIR" >&2; exit 2; }
for tool in apt-get apt-cache dpkg-deb; do
  command -v "$tool" > /dev/null || { echo "software-vulkan: $tool is missing, Debian or a derivative is needed" >&2; exit 1; }
done
mkdir -p "$1"
dir="$(cd "$1" && pwd)"
libraries="$dir/usr/lib/x86_64-linux-gnu"

if [ ! -f "$dir/env" ]; then
  # apt with lists and a cache of its own, the system's record of what is installed, and its trusted keys
  apt="$dir/.apt"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  archive=http://deb.debian.org/debian
  keys=/usr/share/keyrings/debian-archive-keyring.gpg
  for suite in bookworm bookworm-backports; do
    echo "deb [arch=amd64 signed-by=$keys] $archive $suite main"
  done > "$apt/sources.list"
  options=(-o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o "Dir::Etc::sourcelist=$apt/sources.list"
    -o Dir::Etc::sourceparts=- -o APT::Sandbox::User= -o Debug::NoLocking=1 -o APT::Install-Recommends=false)
  apt-get "${options[@]}" -qq update
  apt-get "${options[@]}" -qq -y --download-only -t bookworm-backports --reinstall install \
    mesa-vulkan-drivers libvulkan1 > /dev/null
  for package in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$package" "$dir"; done
  rm -r "$apt"
  [ -f "$libraries/libvulkan_lvp.so" ] || { echo "software-vulkan: the packages hold no lavapipe" >&2; exit 1; }
  cat > "$dir/lavapipe.json" <<JSON
{ "file_format_version": "1.0.0", "ICD": { "library_path": "$libraries/libvulkan_lvp.so", "api_version": "1.4.0" } }
JSON
  cat > "$dir/env" <<ENV
export VK_DRIVER_FILES="$dir/lavapipe.json"
export LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
ENV
fi
echo "a software Vulkan driver is in $dir; use it with: . $dir/env"
