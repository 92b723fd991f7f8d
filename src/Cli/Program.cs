using MlxVideo.Cli;

return await CommandLine.Run(args);
