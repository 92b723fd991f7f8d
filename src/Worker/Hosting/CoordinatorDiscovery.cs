using System.Globalization;
using System.Net;
using MlxVideo.Cluster.Configuration;
using MlxVideo.Cluster.Discovery;
using MlxVideo.Shared.Security;

namespace MlxVideo.Worker.Hosting;

/// <summary>
/// Finds the coordinator of a worker without <c>--join</c> in the local network. What is found there is not trusted: the connection is
/// accepted only with a certificate of the token's farm.
/// </summary>
internal static class CoordinatorDiscovery
{
    /// <summary>Maximum number of coordinators in a message; strangers can advertise any number.</summary>
    private const int MaxListed = 10;

    /// <summary>Time for coordinators to answer.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(3);

    /// <summary>Searches for the coordinator.</summary>
    /// <exception cref="InvalidConfigurationException">The worker has neither a token nor a certificate.</exception>
    /// <exception cref="IOException">There is no such coordinator, or several, or this machine can't search for them.</exception>
    public static async Task<JoinAddress> FindAsync(
        WorkerOptions options, string dataFolder, TimeProvider time, CancellationToken cancellationToken)
    {
        IReadOnlyList<FarmAdvertisement> found;
        try
        {
            found = await CoordinatorBrowser.BrowseAsync(
                MdnsProgram.Find(Environment.GetEnvironmentVariable("PATH")), Window, time, cancellationToken);
        }
        catch (IOException ex)
        {
            throw new IOException(
                $"The local network can't be searched for the coordinator; add --join HOST:PORT ({ex.Message.TrimEnd('.')}).", ex);
        }

        var join = Choose(found, FarmOf(options, dataFolder), options.TrustedNetwork);
        Console.Error.WriteLine($"Found the coordinator at {join} in the local network.");
        return join;
    }

    /// <summary>Chooses the coordinator that was found.</summary>
    /// <param name="farm">SHA-256 of the farm's certificate authority in hexadecimal; null for a worker that knows none.</param>
    /// <param name="isTrusted">Whether the worker joins only farms without certificates.</param>
    internal static JoinAddress Choose(IReadOnlyList<FarmAdvertisement> found, string? farm, bool isTrusted)
    {
        if (found.Count == 0)
            throw new IOException(
                "No coordinator was found in the local network. Start it with --listen and an address of this network, or add "
                + $"--join HOST:PORT; for a coordinator on this machine, add --join 127.0.0.1:{JoinAddress.DefaultPort}.");
        // Without certificates, everyone can pose as the coordinator, which only loopback and a trusted network exclude.
        var expected = isTrusted ? null : farm;
        var matching = found
            .Where(each => each.Farm == expected && (each.Farm is not null || isTrusted || IPAddress.IsLoopback(each.Cluster.Address)))
            .Select(AddressOf).Distinct().ToList();
        if (matching.Count == 1)
            return matching[0];
        if (matching.Count > 1)
            throw new IOException(
                $"Several coordinators of this farm were found in the local network. Add one of these:{Lines(matching, suffix: "")}");
        if (expected is null && !isTrusted)
            throw new InvalidConfigurationException(
                "Joining a farm needs a token: run './mlx-video farm token' on the coordinator's machine and paste what it prints. "
                + $"Found in the local network:{Lines(found.Select(AddressOf).Distinct(), " --token TOKEN")}");
        throw new IOException(string.Create(
            CultureInfo.InvariantCulture,
            $"None of the coordinators in the local network (found: {found.Count}) belongs to this worker's farm; add --join HOST:PORT."));
    }

    /// <summary>Returns the farm that a new token names, otherwise the farm of the worker's certificate.</summary>
    private static string? FarmOf(WorkerOptions options, string dataFolder) => options.Token is { Length: > 0 } token
        ? Convert.ToHexStringLower(FarmToken.ParseJoin(token).Authority)
        : WorkerCredentials.Find(dataFolder) is { } stored ? Convert.ToHexStringLower(Fingerprint.Of(stored.Current.Authority)) : null;

    private static JoinAddress AddressOf(FarmAdvertisement farm) => new(farm.Cluster.Address.ToString(), farm.Cluster.Port);

    private static string Lines(IEnumerable<JoinAddress> addresses, string suffix) =>
        string.Concat(addresses.Take(MaxListed).Select(each => $"\n  --join {each}{suffix}"));
}
