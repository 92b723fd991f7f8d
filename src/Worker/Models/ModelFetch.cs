using MlxVideo.Shared.Api;
using MlxVideo.Shared.Artefacts;
using MlxVideo.Shared.Models;

namespace MlxVideo.Worker.Models;

/// <summary>
/// Fetches a model from the workers that have it, several files at a time. A file grows until its hash is right, so an interrupted fetch
/// goes on where it stopped, from another worker or in a later process.
/// </summary>
/// <param name="coordinatorClient">Sends requests to the coordinator.</param>
/// <param name="workerClient">Sends requests to workers.</param>
/// <param name="notice">Receives sentences for the user.</param>
internal sealed class ModelFetch(
    ModelClient coordinatorClient, ModelClient workerClient, FetchedModels store, ModelFetchSettings settings, TimeProvider time,
    Action<string> notice)
{
    /// <summary>Transfers of a model that a worker allows at a time.</summary>
    private const int PerSource = 2;

    /// <summary>Returns the requested model, which is fetched unless it was before.</summary>
    /// <param name="coordinator">Address of the coordinator's API.</param>
    /// <param name="farm">The farm's address, for messages.</param>
    /// <param name="disk">The volume of the models.</param>
    /// <exception cref="IOException">No worker has it or delivers it, or the disk is too small or full.</exception>
    public async Task<ModelFileList> RunAsync(
        RequestedModel requested, Uri coordinator, string farm, Volume disk, CancellationToken cancellationToken)
    {
        if (requested.Choose(store.FindComplete()) is { } present)
            return present;
        var held = requested.Choose(await coordinatorClient.ListAsync(coordinator, cancellationToken), farm);
        if (store.FindComplete().FirstOrDefault(model => model.Digest == held.Digest) is { } known)
            return known; // under another of its names
        var sources = new ModelSources(coordinatorClient, coordinator, held);
        var model = store.FindList(held.Digest) ?? await ListAsync(held, sources, cancellationToken);
        store.Begin(model);
        RequireSpace(model, disk);
        await FetchAsync(model, sources, cancellationToken);
        store.Complete(model);
        notice($"The model {model.Name} is complete in {store.FolderOf(model.Digest)}.");
        return model;
    }

    private void RequireSpace(ModelFileList model, Volume disk)
    {
        var needed = model.TotalBytes - store.DoneBytes(model);
        var free = disk.FreeBytes - disk.ReserveBytes;
        if (needed > free)
            throw new IOException(
                $"Fetching the model {model.Name} needs {ByteSize.Text(needed)}, but only {ByteSize.Text(Math.Max(0, free))} are free at "
                    + $"{store.Folder}: free some space, or choose a folder on a larger disk with --data.");
    }

    private async Task<ModelFileList> ListAsync(HeldModel held, ModelSources sources, CancellationToken cancellationToken)
    {
        var attempts = AttemptsFor("The list of the model's files", sources, start: 0);
        while (true)
        {
            FarmApiException? failure = null;
            try
            {
                if (attempts.Next() is { } source)
                    return await workerClient.ListFilesAsync(source, held.Digest, cancellationToken);
            }
            catch (FarmApiException ex)
            {
                failure = ex;
            }

            await attempts.FailAsync(failure, hasProgress: false, cancellationToken);
        }
    }

    private async Task FetchAsync(ModelFileList model, ModelSources sources, CancellationToken cancellationToken)
    {
        var missing = model.Files.Where(file => !store.Has(model, file)).OrderByDescending(file => file.Size).ToList();
        var parallel = Math.Clamp(PerSource * sources.Addresses.Count, 1, settings.Parallel);
        notice($"Fetching the model {model.Name} ({ByteSize.Text(model.TotalBytes)}) from {sources.Addresses.Count} "
            + $"{(sources.Addresses.Count == 1 ? "worker" : "workers")} into {store.Folder}.");
        var progress = new FetchProgress(model.TotalBytes, store.DoneBytes(model), time);
        await using var timer = time.CreateTimer(
            _ => notice(progress.Describe(store.DoneBytes(model))), null, settings.ProgressInterval, settings.ProgressInterval);
        try
        {
            // The largest first: they determine the end.
            await Parallel.ForEachAsync(
                missing.Select((file, index) => (File: file, Index: index)),
                new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken },
                async (each, token) => await FetchAsync(model, each.File, sources, each.Index, token));
        }
        catch (IOException ex) when (OutOfSpace.Is(ex))
        {
            throw StorageException.Full(
                store.Folder, new Volume(store.Folder).FreeBytes, model.TotalBytes - store.DoneBytes(model), ex);
        }
    }

    private async Task FetchAsync(
        ModelFileList model, ListedFile file, ModelSources sources, int start, CancellationToken cancellationToken)
    {
        var partial = store.PartialOf(model, file);
        var attempts = AttemptsFor(file.Path, sources, start);
        while (true)
        {
            var before = LengthOf(partial);
            FarmApiException? failure = null;
            try
            {
                if (attempts.Next() is { } source)
                {
                    if (await workerClient.GetFileAsync(source, model.Digest, file, partial, cancellationToken))
                        break;
                    File.Delete(partial); // what an earlier source sent may be at fault as well
                    failure = new FarmApiException("it arrived with a wrong hash");
                }
            }
            catch (FarmApiException ex)
            {
                failure = ex;
            }

            await attempts.FailAsync(failure, LengthOf(partial) > before, cancellationToken);
        }

        store.Finish(model, file);
    }

    private FetchAttempts AttemptsFor(string what, ModelSources sources, int start) => new(what, sources, start, settings, time, notice);

    private static long LengthOf(string file) => new FileInfo(file) is { Exists: true } found ? found.Length : 0;
}
