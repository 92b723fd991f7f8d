using MlxVideo.Engine.Models;
using MlxVideo.Hub;
using MlxVideo.Hub.Caching;
using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Models;
using MlxVideo.Shared.Security;
using MlxVideo.Worker.Models;
using MlxVideo.Worker.Peers;

namespace MlxVideo.Worker.Hosting;

/// <summary>The model of a worker.</summary>
/// <param name="Name">Display name.</param>
internal sealed record WorkerModel(ModelLocation Location, string Name)
{
    /// <summary>Long enough for a Mac that is busy.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Another worker is tried when one is slower; the slower one is not given up.</summary>
    private static readonly TransferPatience Patience = new(TimeSpan.FromSeconds(30), 1 << 20);

    /// <summary>Finds the model that the options name; null when it is to be fetched from the farm.</summary>
    public static WorkerModel? Named(WorkerOptions options)
    {
        if (options.FetchModels)
            return null;
        // The options have been checked to name a model.
        var location = options.Source.Locate(new HubCache(HubEnvironment.OfUser().CacheFolder))!;
        return new WorkerModel(location, NameOf(location, options));
    }

    /// <summary>Returns the model that was fetched at an earlier start, or fetches it from workers in the farm.</summary>
    /// <exception cref="IOException">It can't be fetched at present.</exception>
    public static async Task<WorkerModel> FetchAsync(
        WorkerOptions options, JoinAddress join, WorkerCredentials? credentials, string dataFolder, TimeProvider time,
        CancellationToken cancellationToken)
    {
        var store = new FetchedModels(dataFolder, ContentHashCache.OfUser);
        using var coordinatorHttp = WorkerEnrolment.NewHttpClient(credentials, ConnectTimeout, time);
        using var workerHttp = PeerTls.NewClient(credentials, ConnectTimeout, time);
        var fetch = new ModelFetch(
            new ModelClient(coordinatorHttp), new ModelClient(workerHttp, Patience), store, ModelFetchSettings.Default, time,
            Console.Error.WriteLine);
        var api = credentials is null
            ? new UriBuilder(Uri.UriSchemeHttp, join.Host, options.ApiPort).Uri
            : WorkerEnrolment.ApiOf(join, credentials.ApiPort);
        try
        {
            var model = await fetch.RunAsync(
                new RequestedModel(options.ModelName is { Length: > 0 } name ? name : null), api, join.ToString(), new Volume(dataFolder),
                cancellationToken);
            return new WorkerModel(new ModelLocation(store.FolderOf(model.Digest)), model.Name);
        }
        catch (FarmApiException ex) when (ex.IsUnreachable)
        {
            var hint = credentials is null ? $", and is {options.ApiPort} the port of its API (--api-port)" : "";
            throw new IOException(
                $"The farm at {join} can't be asked for its models, because {api} can't be reached. Is the coordinator running{hint}?", ex);
        }
    }

    /// <summary>Returns the model's name for operators: its folder's, unless that is a commit in the cache of the hub.</summary>
    private static string NameOf(ModelLocation model, WorkerOptions options) =>
        options.ModelRepo is { Length: > 0 } repository && !Directory.Exists(repository)
            ? repository
            : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model.Folder)));
}
