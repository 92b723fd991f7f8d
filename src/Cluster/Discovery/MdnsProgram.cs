using System.Text;

namespace MlxVideo.Cluster.Discovery;

/// <summary>
/// The program with which this system registers and browses mDNS services: <c>dns-sd</c> of macOS, or Avahi's on Linux. The system's own
/// responder knows the machine's networks, and it alone parses what other machines send.
/// </summary>
public abstract class MdnsProgram
{
    /// <summary>Command that registers a service until it is killed.</summary>
    /// <param name="name">Name of the service, at most 63 bytes long; the responder changes it if it is taken.</param>
    public abstract IReadOnlyList<string> RegisterCommand(string name, FarmAdvertisement farm, string version);

    /// <summary>Command that prints the services of the network until it is killed.</summary>
    public abstract IReadOnlyList<string> BrowseCommand { get; }

    /// <summary>Reads the coordinators from the output of <see cref="BrowseCommand"/>. Lines that are not understood are ignored.</summary>
    public abstract IEnumerable<FarmAdvertisement> Read(string output);

    /// <summary>Finds this system's program.</summary>
    /// <param name="searchPath">Folders to search, in the form of the PATH variable.</param>
    /// <exception cref="FileNotFoundException">It is not installed; the message is a sentence for the user.</exception>
    public static MdnsProgram Find(string? searchPath)
    {
        if (OperatingSystem.IsMacOS())
            return new DnsSdProgram(Locate(searchPath, "dns-sd", "it is a part of macOS; add /usr/bin to the PATH"));
        const string Remedy = "install the package avahi-utils";
        return new AvahiPrograms(Locate(searchPath, "avahi-publish-service", Remedy), Locate(searchPath, "avahi-browse", Remedy));
    }

    /// <summary>Reads strings in double quotes, in which a backslash precedes a quote or a backslash.</summary>
    protected static IEnumerable<string> Quoted(string text)
    {
        StringBuilder? current = null;
        for (var at = 0; at < text.Length; at++)
        {
            if (current is null)
            {
                current = text[at] == '"' ? new StringBuilder() : null;
            }
            else if (text[at] == '"')
            {
                yield return current.ToString();
                current = null;
            }
            else
            {
                if (text[at] == '\\' && at + 1 < text.Length)
                    at++;
                current.Append(text[at]);
            }
        }
    }

    private static string Locate(string? searchPath, string program, string remedy) =>
        (searchPath ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException($"{program} was not found: {remedy}.");
}
