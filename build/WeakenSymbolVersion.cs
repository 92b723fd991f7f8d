using System;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Copies a 64-bit little-endian ELF library and marks its need of one symbol version as weak (VER_FLG_WEAK), so that
/// the dynamic loader accepts a system library that lacks the version. Does nothing where the system has the version.
/// </summary>
public sealed class WeakenSymbolVersion : Task
{
    private const uint SectionTypeVersionNeeds = 0x6ffffffe;
    private const ushort WeakFlag = 2;

    [Required] public string Source { get; set; } = "";
    [Required] public string Destination { get; set; } = "";
    [Required] public string Library { get; set; } = "";
    [Required] public string SymbolVersion { get; set; } = "";

    /// <summary>True when <see cref="Destination"/> holds the changed copy.</summary>
    [Output] public bool Written { get; set; }

    public override bool Execute()
    {
        if (SystemLibraryHasVersion())
            return true;
        if (File.Exists(Destination) && File.GetLastWriteTimeUtc(Destination) >= File.GetLastWriteTimeUtc(Source))
        {
            Written = true;
            return true;
        }

        var elf = File.ReadAllBytes(Source);
        if (!MarkWeak(elf))
        {
            Log.LogMessage(MessageImportance.Normal, "{0} does not ask for {1}.", Source, SymbolVersion);
            return true;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Destination)!);
        var temporary = Destination + "." + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(temporary, elf);
        if (File.Exists(Destination))
            File.Delete(Destination);
        try
        {
            File.Move(temporary, Destination);
        }
        catch (IOException) when (File.Exists(Destination))
        {
            File.Delete(temporary); // another project of the same build was faster
        }

        Written = true;
        return true;
    }

    private bool SystemLibraryHasVersion()
    {
        var folders = new[] { "/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib" };
        var library = folders.Select(folder => Path.Combine(folder, Library)).FirstOrDefault(File.Exists);
        return library != null
            && Encoding.ASCII.GetString(File.ReadAllBytes(library)).Contains(SymbolVersion + "\0");
    }

    private bool MarkWeak(byte[] elf)
    {
        var sections = (int)BitConverter.ToInt64(elf, 0x28);
        int sectionSize = BitConverter.ToUInt16(elf, 0x3a);
        int sectionCount = BitConverter.ToUInt16(elf, 0x3c);
        for (var i = 0; i < sectionCount; i++)
        {
            var section = sections + i * sectionSize;
            if (BitConverter.ToUInt32(elf, section + 4) != SectionTypeVersionNeeds)
                continue;
            var needs = (int)BitConverter.ToInt64(elf, section + 0x18);
            var stringSection = sections + (int)BitConverter.ToUInt32(elf, section + 0x28) * sectionSize;
            return MarkWeak(elf, needs, (int)BitConverter.ToInt64(elf, stringSection + 0x18));
        }

        return false;
    }

    private bool MarkWeak(byte[] elf, int need, int strings)
    {
        while (true)
        {
            int count = BitConverter.ToUInt16(elf, need + 2);
            var version = need + (int)BitConverter.ToUInt32(elf, need + 8);
            for (var i = 0; i < count; i++)
            {
                if (NameAt(elf, strings + (int)BitConverter.ToUInt32(elf, version + 8)) == SymbolVersion)
                {
                    BitConverter.GetBytes(WeakFlag).CopyTo(elf, version + 4);
                    return true;
                }

                version += (int)BitConverter.ToUInt32(elf, version + 12);
            }

            var next = (int)BitConverter.ToUInt32(elf, need + 12);
            if (next == 0)
                return false;
            need += next;
        }
    }

    private static string NameAt(byte[] elf, int offset)
    {
        var end = Array.IndexOf(elf, (byte)0, offset);
        return Encoding.ASCII.GetString(elf, offset, end - offset);
    }
}
